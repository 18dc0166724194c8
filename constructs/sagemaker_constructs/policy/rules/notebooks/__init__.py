"""Rules about notebook instances."""
