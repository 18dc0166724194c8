"""One stack for each way to serve the trained model."""
