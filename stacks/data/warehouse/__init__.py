"""A data warehouse beside the platform's bucket for data."""
