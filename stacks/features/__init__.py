"""The feature group of a platform."""
