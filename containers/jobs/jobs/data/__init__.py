"""The rows that a job reads."""
