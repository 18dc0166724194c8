"""Feature Store, for jobs, for containers that answer and for notebooks."""
