"""What is done about drift, beside training again: go back to a version, shift traffic, ask people."""
