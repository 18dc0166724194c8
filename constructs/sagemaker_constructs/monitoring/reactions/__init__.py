"""What is done about drift by itself."""
