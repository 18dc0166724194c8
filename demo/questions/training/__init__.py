"""What the demo asks of trainings and of the pipelines around them."""
