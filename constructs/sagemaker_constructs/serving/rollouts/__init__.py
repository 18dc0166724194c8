"""How an endpoint moves to a new configuration, and back."""
