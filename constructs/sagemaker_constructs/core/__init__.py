"""What all domains share: problems, roles and grants, acknowledged findings, names, AWS's service model."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
