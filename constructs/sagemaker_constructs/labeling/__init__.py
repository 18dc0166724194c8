"""Data labeled by people: Ground Truth's workforces, work teams and jobs."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
