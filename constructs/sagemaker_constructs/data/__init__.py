"""Jobs that prepare data and judge models, tables over objects and in a warehouse, and queries."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
