"""The REST API in front of an endpoint."""
