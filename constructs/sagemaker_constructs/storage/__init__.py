"""Encrypted buckets and the key of the platform."""
