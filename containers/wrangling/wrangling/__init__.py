"""Runs flows of Data Wrangler on pandas and DuckDB."""
