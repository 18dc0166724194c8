"""Changes on their way into accounts: who may plan and deploy them, without stored keys."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
