"""Athena's language, in the words of DuckDB."""
