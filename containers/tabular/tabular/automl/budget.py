"""How long a search may go on."""

import time
from dataclasses import dataclass, field

from jobs.ending import StopRequest


@dataclass(frozen=True)
class Budget:
    """Seconds from now on, or less when the job is told to stop."""

    seconds: float
    stop: StopRequest
    started: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> bool:
        """Whether nothing new may begin."""
        return self.stop.received or self.elapsed >= self.seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.started
