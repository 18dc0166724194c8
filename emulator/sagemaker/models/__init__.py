"""Models: what they are made of."""
