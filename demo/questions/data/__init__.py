"""Questions to the data side."""
