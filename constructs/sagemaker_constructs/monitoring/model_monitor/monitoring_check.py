"""What Model Monitor checks, by a schedule of its own."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.core.rules.jobs.monitoring import WITH_TRUTH
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.model_monitor.monitoring_times import MonitoringTimes, offset_problems
from sagemaker_constructs.monitoring.monitor_baseline import MonitorBaseline

_HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class MonitoringCheck(ABC):
    """A check against ``baseline`` at ``times`` (default: each hour); without a baseline, nothing is compared.

    ``start_offset`` and ``end_offset`` move the window of captured requests into the past, such as ``-P8D`` and
    ``-P1D`` for a truth that takes a day to a week. ``graphs`` are names of Model Monitor's metrics on dashboards,
    such as ``feature_baseline_drift_age`` or ``auc``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-scheduling.html
    """

    baseline: MonitorBaseline | None = None
    times: MonitoringTimes | None = None
    start_offset: str = ""
    end_offset: str = ""
    graphs: Sequence[str] = ()

    type: ClassVar[str]
    """As the API calls it."""
    metrics: ClassVar[str]
    """What the namespace of its metrics ends with."""
    words: ClassVar[str]
    """What people call it."""
    analysis_type: ClassVar[str]
    """What it is called by a variable of the containers."""

    @property
    def when(self) -> MonitoringTimes:
        """``times``, or each hour."""
        return self.times or MonitoringTimes.hourly()

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, or could not find."""
        yield from offset_problems(self.start_offset, self.end_offset)
        if self.baseline:
            yield from within("baseline", self.baseline.problems())

    @abstractmethod
    def image(self) -> ModelImage:
        """AWS's own image of it."""

    def grant(self, grants: Grants) -> None:
        """Allow reading what it compares with."""
        if self.baseline:
            self.baseline.grant_read(grants)

    def specification(self, scope: Construct, grants: Grants, *, endpoint_prefix: str) -> dict[str, object]:
        """Members of ``…AppSpecification`` beside image and variables; files become assets below ``scope``."""
        del scope, grants, endpoint_prefix
        return {}

    def more_input(self) -> dict[str, object]:
        """Members of ``…JobInput`` beside what was captured."""
        return {}

    @property
    def for_aws(self) -> Sequence[str]:
        """Options that say something to AWS's own image alone."""
        return ()

    @property
    def longest_seconds(self) -> int:
        """How long a job may take at most, an hour by default."""
        jobs = 2 if self.type in WITH_TRUTH else 1
        return self.when.most_hours * _HOUR_SECONDS // jobs

    def baseline_request(self) -> Mapping[str, object]:
        """The member ``…BaselineConfig``."""
        return self.baseline.request(statistics=self.type == "DataQuality") if self.baseline else {}
