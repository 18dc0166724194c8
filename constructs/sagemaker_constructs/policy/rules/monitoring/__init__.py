"""Rules about Model Monitor's job definitions and schedules."""
