"""Templates that are right, and small changes that make them insecure or broken."""
