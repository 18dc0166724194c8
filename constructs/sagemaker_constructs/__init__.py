"""AWS CDK constructs for the whole Amazon SageMaker lifecycle: ``import sagemaker_constructs as sm``."""

from sagemaker_constructs.core.doors import open_door

__version__ = "0.3.0"

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
