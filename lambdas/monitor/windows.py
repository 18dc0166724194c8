"""Stretches of time that are looked at one by one, and where what was captured in them lies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """From ``start`` until before ``start`` + ``length``, in whole hours of UTC."""

    start: datetime
    length: timedelta

    @property
    def end(self) -> datetime:
        """Where the next one begins."""
        return self.start + self.length

    @property
    def name(self) -> str:
        """What tells it from others in the name of a job."""
        return f"{self.start:%Y%m%d%H}"

    @property
    def folder(self) -> str:
        """Where its report lies below the prefix for reports."""
        return f"{self.start:%Y/%m/%d/%H}"

    def before(self, number: int) -> "Window":
        """The one that is ``number`` windows earlier."""
        return Window(self.start - number * self.length, self.length)

    def hours(self) -> Iterator[str]:
        """The folders that SageMaker captures into meanwhile.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
        """
        moment = self.start
        while moment < self.end:
            yield f"{moment:%Y/%m/%d/%H}"
            moment += _HOUR


def last_window(at: datetime, length: timedelta, delay: timedelta) -> Window:
    """The last window that ended ``delay`` or longer before ``at``; windows of a day begin at midnight."""
    moment = at.astimezone(UTC) - delay
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(midnight + (moment - midnight) // length * length - length, length)


def window_named(name: str, length: timedelta) -> Window:
    """The window of ``Window.name``. Raises ValueError."""
    return Window(datetime.strptime(name, "%Y%m%d%H").replace(tzinfo=UTC), length)
