"""Models in production, watched: what they are asked and answer, compared with a baseline by the clock."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
