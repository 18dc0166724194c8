"""The machines of one job: a container each, started together and ended together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from emulator.containers.container import Container
from emulator.containers.ports import ReservedPort
from emulator.jobs.running_jobs import RunningJob

Outcome = Literal["Completed", "Stopped", "MaxRuntimeExceeded"]
_POLL_SECONDS = 0.1


def host_names(count: int) -> tuple[str, ...]:
    """The names that SageMaker gives to the machines of a job."""
    return tuple(f"algo-{number}" for number in range(1, count + 1))


def meeting_place(hosts: Sequence[str]) -> dict[str, str]:
    """The variables by which PyTorch's processes find the first of several machines.

    The machines are processes on this one, where SageMaker's names for them do not resolve.
    """
    if len(hosts) == 1:
        return {}
    return {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}


def _free_port() -> int:
    # PyTorch takes seconds to load before it listens, and the kernel gives no client a port of this range.
    reserved = ReservedPort()
    reserved.release()
    return reserved.number


@dataclass(frozen=True)
class ClusterEnd:
    """How the containers of a job ended.

    Args:
        outcome: `Completed` when they ended by themselves, whatever their exit codes.
        host: The machine whose end decided: the first that failed, else the first of all.
        code: The exit code of its container.
    """

    outcome: Outcome
    host: str
    code: int


def supervise(
    containers: Mapping[str, Container],
    job: RunningJob,
    deadline: float,
    grace_seconds: float,
    meanwhile: Callable[[], None] = lambda: None,
) -> ClusterEnd:
    """Wait until all have ended, one has failed, a stop is asked for or the deadline has come.

    A failure ends the other containers at once, a stop or the deadline all of them with SIGTERM first. `meanwhile`
    is called again and again.
    """
    first = next(iter(containers))
    while True:
        codes = {host: container.exit_code for host, container in containers.items()}
        failed = next((host for host, code in codes.items() if code), None)
        if failed is not None or all(code is not None for code in codes.values()):
            for host, container in containers.items():
                if codes[host] is None:
                    container.kill()
            return ClusterEnd(
                "Stopped" if job.stop_requested else "Completed", failed or first, codes[failed or first] or 0
            )
        if job.stop_requested or time.monotonic() > deadline:
            ended = _terminate(list(containers.values()), grace_seconds)
            return ClusterEnd("Stopped" if job.stop_requested else "MaxRuntimeExceeded", first, ended[0])
        meanwhile()
        next(container for host, container in containers.items() if codes[host] is None).wait(_POLL_SECONDS)


def _terminate(containers: Sequence[Container], grace_seconds: float) -> list[int]:
    with ThreadPoolExecutor(len(containers)) as pool:
        ending = [pool.submit(container.terminate, grace_seconds) for container in containers]
    return [each.result() for each in ending]
