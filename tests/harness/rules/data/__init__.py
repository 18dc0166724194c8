"""Stores, and what queries them."""
