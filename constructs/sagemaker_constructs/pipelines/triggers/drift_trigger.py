"""A start when a model's requests differ from what it was trained on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.monitoring.drift_monitor import DriftMonitor
from sagemaker_constructs.monitoring.model_monitor.model_monitor import ModelMonitor
from sagemaker_constructs.pipelines.triggers.event_trigger import EventTriggerBase


@dataclass(frozen=True)
class DriftTrigger(EventTriggerBase):
    """Starts a pipeline when ``monitor`` has confirmed drift, of at least ``severity`` (``warning`` or ``critical``).

    Of a ``ModelMonitor``, it is each execution with violations, whose severity is ``warning``.

    Each window starts it once, however often its event arrives. Drift lasts for many windows: with a ``cool_down`` as
    long as a training and the windows after it take, the pipeline starts once for all of them, and again if a new
    model has not helped. ``EventText("{detail.report}")`` is where the report lies.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """

    monitor: DriftMonitor | ModelMonitor
    severity: str = "warning"

    @property
    def identity(self) -> Sequence[str]:
        """The monitor and the window."""
        return ("detail.monitor", "detail.window.name")

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """Runs with confirmed drift."""
        del location
        return self.monitor.event_pattern("severe" if self.severity == "critical" else "drifted")

    def problems(self) -> Iterator[Problem | None]:
        """Rule: a severity that there is."""
        yield from super().problems()
        # Model Monitor does not say how large a violation is.
        known = ("warning",) if isinstance(self.monitor, ModelMonitor) else ("warning", "critical")
        yield one_of("severity", self.severity, known)
