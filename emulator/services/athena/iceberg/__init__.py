"""Iceberg tables in queries: read as they are or were, made, changed, looked after."""
