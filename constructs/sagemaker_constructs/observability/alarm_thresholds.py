"""Where alarms begin."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from aws_cdk import Duration

from sagemaker_constructs.core.durations import milliseconds_of, minutes
from sagemaker_constructs.core.problems import Problem, in_range, positive


@dataclass(frozen=True)
class AlarmThresholds:
    """Where the alarms of ``Alarms`` begin.

    ``errors``: of serverless endpoints and components, of one kind, per minute, in two of three minutes; endpoints on
    instances bring alarms on errors, which also take updates back. ``memory_percent`` and ``disk_percent``: use of
    the instances, and of the most memory that a copy of a component may take, in each of five minutes.
    ``oldest_request``: how long a request may wait in a queue. ``waking``: how long requests may find no capacity
    before waking counts as failed (1 minute to 1 day, whole minutes).
    """

    errors: float = 5
    memory_percent: float = 90
    disk_percent: float = 90
    oldest_request: Duration = field(default_factory=lambda: minutes(15))
    waking: Duration = field(default_factory=lambda: minutes(15))

    def problems(self) -> Iterator[Problem | None]:
        """What CloudWatch would refuse, or what could never fire."""
        yield positive("errors", self.errors)
        yield in_range("memory_percent", self.memory_percent, 1, 100)
        yield in_range("disk_percent", self.disk_percent, 1, 100)
        yield positive("oldest_request", milliseconds_of(self.oldest_request) or 0, unit="milliseconds")
        whole, rest = divmod(milliseconds_of(self.waking) or 0, 60_000)
        if rest or not 1 <= whole <= 1440:
            yield Problem("waking", f"must be whole minutes up to one day, got: {self.waking.to_human_string()}")
