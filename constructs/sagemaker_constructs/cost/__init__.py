"""Which way to serve fits a workload, and what an app costs in a month."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
