"""What Autopilot searches a model for."""
