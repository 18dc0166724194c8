"""Jobs that break a rule."""
