"""Redshift's SQL on DuckDB."""
