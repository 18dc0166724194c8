"""Where people work with notebooks."""
