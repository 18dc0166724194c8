"""What stands between a synthesized app and its first deployment into an account."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
