"""One check, one module."""
