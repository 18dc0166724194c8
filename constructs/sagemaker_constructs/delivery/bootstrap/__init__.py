"""A bootstrap whose execution role may do what an app's templates take, and nothing else."""
