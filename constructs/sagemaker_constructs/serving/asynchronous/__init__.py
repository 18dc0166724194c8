"""Endpoints with a queue."""
