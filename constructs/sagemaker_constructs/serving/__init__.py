"""Endpoints of every kind, batch transform, and what stands in front of them."""
