"""Rules about inference experiments."""
