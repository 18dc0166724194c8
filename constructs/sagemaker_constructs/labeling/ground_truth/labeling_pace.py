"""How long workers have."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Duration

from sagemaker_constructs.core.durations import days, minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range


@dataclass(frozen=True)
class LabelingPace:
    """``time_limit`` (default 10 minutes) is what a worker has for one task, ``available_for`` (default 10 days) how
    long the job waits for somebody to take it, and ``most_tasks`` how many are offered at a time, up to 5,000.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html
    """

    time_limit: Duration | None = None
    available_for: Duration | None = None
    most_tasks: int = 1_000

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it."""
        yield in_range("most_tasks", self.most_tasks, 1, 5_000)
        yield in_range("time_limit", self._limit, 30, 30 * 86_400, unit="seconds")
        yield in_range("available_for", self._lifetime, 60, 30 * 86_400, unit="seconds")

    def request(self) -> dict[str, object]:
        """The members of a Create call's ``HumanTaskConfig``."""
        return {
            "TaskTimeLimitInSeconds": self._limit,
            "TaskAvailabilityLifetimeInSeconds": self._lifetime,
            "MaxConcurrentTaskCount": self.most_tasks,
        }

    @property
    def _limit(self) -> int:
        return seconds_of(self.time_limit or minutes(10))

    @property
    def _lifetime(self) -> int:
        return seconds_of(self.available_for or days(10))
