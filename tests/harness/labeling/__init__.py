"""A Label Studio that people sign on to."""
