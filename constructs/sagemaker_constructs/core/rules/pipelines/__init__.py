"""Rules of pipelines: of their definitions, of the order of steps, and of single steps."""
