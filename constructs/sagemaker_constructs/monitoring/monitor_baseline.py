"""What Model Monitor compares with."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects

if TYPE_CHECKING:
    from sagemaker_constructs.monitoring.baseline_definition import BaselineDefinition

_STATISTICS, _CONSTRAINTS = "statistics.json", "constraints.json"


@dataclass(frozen=True)
class MonitorBaseline:
    """Files below ``prefix`` of ``bucket``: ``statistics`` and ``constraints``, as a baselining job has left them.

    A job at deployment makes them, the pipeline that trains, or somebody else. What is there when an execution
    starts counts, so that a pipeline that writes to the same place each time brings a new baseline. Bias and
    attributions are compared with ``constraints`` alone, which is what Clarify leaves as ``analysis.json``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html
    """

    bucket: s3.IBucket
    prefix: str
    statistics: str = _STATISTICS
    constraints: str = _CONSTRAINTS

    @staticmethod
    def of_clarify(bucket: s3.IBucket, prefix: str) -> "MonitorBaseline":
        """What a job of Clarify has left below ``prefix``."""
        return MonitorBaseline(bucket, prefix, statistics="", constraints="analysis.json")

    @staticmethod
    def of_library(definition: "BaselineDefinition") -> "MonitorBaseline":
        """What ``definition`` leaves, for the library's own image, which keeps everything in one file.

        Of model quality, bias and attributions Model Monitor downloads no statistics, but constraints.
        """
        made = definition.baseline
        return MonitorBaseline(made.bucket, made.prefix, constraints=_STATISTICS)

    def problems(self) -> Iterator[Problem | None]:
        """What says nothing."""
        if not self.prefix.strip("/"):
            yield Problem("prefix", f"must name a folder, got: {self.prefix!r}")
        if not self.statistics and not self.constraints:
            yield Problem("constraints", "must be given where there are no statistics, got: ''")

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the files."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    def request(self, *, statistics: bool) -> dict[str, object]:
        """The member ``…BaselineConfig``; only data quality has ``statistics``."""
        found: dict[str, object] = {}
        if self.constraints:
            found["ConstraintsResource"] = {"S3Uri": self._url(self.constraints)}
        if statistics and self.statistics:
            found["StatisticsResource"] = {"S3Uri": self._url(self.statistics)}
        return found

    def _url(self, name: str) -> str:
        return bucket_facts(self.bucket).url(f"{self.prefix.strip('/')}/{name}")
