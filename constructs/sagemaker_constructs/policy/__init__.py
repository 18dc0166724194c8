"""What SageMaker resources should not be: rules that judge templates, of this library or of any other app."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
