"""Builds the images of `containers/` for real, without a Docker engine, and proves that they work."""
