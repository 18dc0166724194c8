"""The training job, and the model that it hands on."""
