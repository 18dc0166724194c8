"""Templates and change sets that break a rule."""
