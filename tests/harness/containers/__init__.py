"""Containers of the tests, as processes."""
