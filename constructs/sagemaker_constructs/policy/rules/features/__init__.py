"""Rules about feature groups."""
