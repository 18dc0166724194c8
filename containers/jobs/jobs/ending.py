"""How a job ends: its exit code, the reason that a person reads, and SIGTERM."""

import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from jobs.errors import JobError

MAXIMUM_REASON = 1024


class StopRequest:
    """Remembers SIGTERM, so that the work in hand can be finished and kept: SageMaker kills after 120 seconds."""

    def __init__(self) -> None:
        self.received = False
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, signal_number: int, frame: FrameType | None) -> None:
        del signal_number, frame
        self.received = True


def run_job(work: Callable[[], None], reason_file: Path) -> int:
    """Do the work and return the exit code: 0, or 1 with one line of at most 1,024 bytes in `reason_file`.

    A JobError is told as it is. Any other exception is told by its type and message and leaves its traceback in the
    log, never in the reason.
    """
    try:
        work()
    except JobError as error:
        return fail(str(error), reason_file)
    except Exception as error:
        traceback.print_exc()
        return fail(f"{type(error).__name__}: {error}", reason_file)
    return 0


def fail(reason: str, reason_file: Path) -> int:
    """Say why the job fails, in the log and in `reason_file`; returns the exit code."""
    line = " ".join(reason.split())
    print(f"the job failed: {line}", file=sys.stderr, flush=True)
    reason_file.parent.mkdir(parents=True, exist_ok=True)
    reason_file.write_bytes(shortened(line))
    return 1


def shortened(line: str) -> bytes:
    """As much of a line as SageMaker shows, in whole characters."""
    return line.encode()[:MAXIMUM_REASON].decode(errors="ignore").encode()
