"""What the demo asks of each kind of endpoint."""
