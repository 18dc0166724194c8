"""Pipelines: typed parameters and steps, checked at synth, with a role of what they need."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
