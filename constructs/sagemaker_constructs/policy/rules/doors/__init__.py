"""Rules about the APIs and functions through which endpoints are invoked."""
