"""An endpoint that answers while the caller waits, with weighted variants."""
