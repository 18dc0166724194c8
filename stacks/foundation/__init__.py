"""What lasts, and what every other stack stands on."""
