"""Studio for a team, beside the platform's data."""
