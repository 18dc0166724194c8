"""What starts a pipeline by itself."""
