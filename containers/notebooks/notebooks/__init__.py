"""Runs a notebook as SageMaker's notebook jobs do."""
