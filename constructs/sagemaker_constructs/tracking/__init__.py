"""Where training is tracked: SageMaker's MLflow, as an app or as a server."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
