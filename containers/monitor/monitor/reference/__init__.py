"""With what rows are compared: a baseline, its seasons, and what runs of late were like."""
