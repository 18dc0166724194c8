"""A notebook instance beside the platform's data."""
