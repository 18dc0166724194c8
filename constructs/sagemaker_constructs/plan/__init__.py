"""What a deployment will do: what is replaced, which data is at risk, what rolls, widens, is refused and costs."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
