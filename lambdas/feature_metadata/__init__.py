"""Tells SageMaker what the features of a group are."""
