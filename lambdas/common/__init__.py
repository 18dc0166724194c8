"""What two functions share."""
