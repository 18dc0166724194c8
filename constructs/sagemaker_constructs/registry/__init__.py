"""The model registry: groups of model packages, and the deployment of what is approved in them."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
