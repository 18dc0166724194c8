"""What the demo asks of endpoints and of batch transform."""
