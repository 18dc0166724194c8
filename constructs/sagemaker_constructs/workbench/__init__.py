"""Where people work: notebook instances, with scripts that run when they start, and Studio."""

from sagemaker_constructs.core.doors import open_door

__getattr__, __dir__, __all__ = open_door(__name__, __file__)
