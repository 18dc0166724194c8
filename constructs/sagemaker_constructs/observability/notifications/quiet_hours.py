"""When those who are told of alarms sleep."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_ZONE = r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}"
_DAY = 24 * 60


@dataclass(frozen=True)
class QuietHours:
    """From ``begins`` until ``ends``, such as ``20:00`` and ``07:00`` in ``time_zone``, each day.

    Alarms whose text says ``Severity: warning``, as those of this library do, wait until the end, and come as one
    message. Critical ones, and whatever says nothing of its severity, are told at once.
    """

    time_zone: str
    begins: str = "20:00"
    ends: str = "07:00"

    def problems(self) -> Iterator[Problem | None]:
        """What EventBridge Scheduler would refuse, and hours that never end."""
        yield matches("time_zone", self.time_zone, _ZONE, "a name such as Europe/Zurich")
        for argument in ("begins", "ends"):
            yield matches(argument, getattr(self, argument), _TIME, "a time such as 07:30")
        if self.begins == self.ends:
            yield Problem("ends", f"must be another time than begins, got: {self.ends}")

    @property
    def seconds(self) -> int:
        """How long they are, and an hour more for the day that has one: nothing is held back for longer."""
        begins, ends = (_minutes(each) for each in (self.begins, self.ends))
        return ((ends - begins) % _DAY + 60) * 60

    @staticmethod
    def cron(time: str) -> str:
        """The expression of a time of each day."""
        hour, minute = time.split(":")
        return f"cron({int(minute)} {int(hour)} * * ? *)"


def _minutes(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)
