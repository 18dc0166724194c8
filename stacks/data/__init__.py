"""The data side of a platform."""
