"""Rules about models: their containers, networks and data."""
