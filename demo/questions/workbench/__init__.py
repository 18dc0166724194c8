"""What the demo asks of notebooks."""
