"""Endpoints whose model has several containers: a serial pipeline, or containers that callers choose."""
