"""Jobs: one life for all kinds, and a room for each kind that runs."""
