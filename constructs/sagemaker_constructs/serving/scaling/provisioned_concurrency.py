"""Serverless capacity that is kept warm."""

from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.serving.scaling.capacity_range import CapacityRange


@dataclass(frozen=True)
class ProvisionedConcurrency(CapacityRange):
    """From ``minimum`` to ``maximum`` requests at one time for which a warm container waits.

    ``maximum`` is reached by autoscaling only. Default: no more than ``minimum``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-concurrency
    """

    def excess(self, maximum_concurrency: int) -> Problem | None:
        """Rule: no more containers are kept warm than may run at one time."""
        if is_token(self.limit) or is_token(maximum_concurrency) or self.limit <= maximum_concurrency:
            return None
        return Problem("", f"must be at most maximum_concurrency ({maximum_concurrency}), got: {self.limit}")
