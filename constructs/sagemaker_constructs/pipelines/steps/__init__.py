"""The types of step."""
