"""Static pages about monitors: who is red, since when, because of what, and where it came from."""
