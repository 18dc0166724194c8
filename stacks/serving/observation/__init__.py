"""What is kept and reported of every endpoint."""
