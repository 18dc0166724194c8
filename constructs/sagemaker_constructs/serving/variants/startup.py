"""How long an instance may take to come up."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Duration

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, seconds_between


@dataclass(frozen=True)
class Startup:
    """Limits for fetching the model and for the container's first good answer to ``/ping``: 1 to 60 minutes each.

    Default: SageMaker's own limits.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-hosting.html
    """

    download_timeout: Duration | None = None
    health_check_timeout: Duration | None = None

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        if self.download_timeout:
            yield seconds_between("download_timeout", self.download_timeout, 60, 3600)
        if self.health_check_timeout:
            yield seconds_between("health_check_timeout", self.health_check_timeout, 60, 3600)

    def properties(self) -> dict[str, object]:
        """The part of a ``ProductionVariant`` that says so."""
        properties: dict[str, object] = {}
        if self.download_timeout:
            properties["modelDataDownloadTimeoutInSeconds"] = seconds_of(self.download_timeout)
        if self.health_check_timeout:
            properties["containerStartupHealthCheckTimeoutInSeconds"] = seconds_of(self.health_check_timeout)
        return properties
