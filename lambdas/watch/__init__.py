"""Looks at a training job while it runs, stops it when a rule is broken, and says why."""
