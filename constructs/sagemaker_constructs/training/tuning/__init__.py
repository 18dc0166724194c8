"""Hyperparameter tuning: what is searched, for what, and until when."""
