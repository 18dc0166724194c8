"""Searches for the best model, without a training of one's own."""
