"""How many copies of an inference component run."""

from dataclasses import dataclass

from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange


@dataclass(frozen=True)
class CopyRange(CapacityRange):
    """From ``minimum`` (0 or more) to ``maximum`` copies; the component starts with at least one.

    ``maximum`` is reached by autoscaling only. Default: no more than ``minimum``.
    """
