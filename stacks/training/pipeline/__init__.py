"""The pipeline from rows to a version in the registry."""
