"""Captured requests as rows: every line is read once, and what cannot be read is counted by its reason."""
