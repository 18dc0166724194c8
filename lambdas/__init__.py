"""Function code of the constructs."""
