"""Takes records of a stream or a queue into a feature group."""
