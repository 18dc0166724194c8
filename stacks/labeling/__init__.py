"""What people label of a platform's data."""
