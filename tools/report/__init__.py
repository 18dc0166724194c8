"""Static pages about what has happened: executions of a pipeline, and the versions that were live."""
