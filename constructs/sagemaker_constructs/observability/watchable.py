"""What alarms and dashboards ask of whatever can be watched."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Section
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule


class Watchable(Protocol):
    """An endpoint, a component, a job or a pipeline: it brings its own alarm rules and its own graphs.

    ``Alarms`` and ``Dashboard`` take anything that has these members, from this library or from elsewhere.
    """

    @property
    @abstractmethod
    def watched_name(self) -> str:
        """What alarms and graphs call it."""

    @property
    @abstractmethod
    def alarms(self) -> Sequence[Alarm]:
        """Alarms that it has already."""

    @abstractmethod
    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """What else should wake somebody, and where it begins."""

    @abstractmethod
    def dashboard_sections(self) -> Iterator[Section]:
        """What is worth a look."""
