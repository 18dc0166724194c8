"""Flows of Data Wrangler as processing jobs."""
