"""Features: groups of them, for models that are trained and for models that answer."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
