"""Stops applications of Studio that have run for too long."""
