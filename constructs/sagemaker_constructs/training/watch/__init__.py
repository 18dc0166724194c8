"""Whoever looks at training jobs while they run."""
