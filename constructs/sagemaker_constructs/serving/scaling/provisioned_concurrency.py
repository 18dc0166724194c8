"""Serverless capacity that is kept warm."""

from dataclasses import dataclass

from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange


@dataclass(frozen=True)
class ProvisionedConcurrency(CapacityRange):
    """From ``minimum`` to ``maximum`` requests at one time for which a warm container waits.

    ``maximum`` is reached by autoscaling only. Default: no more than ``minimum``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-concurrency
    """
