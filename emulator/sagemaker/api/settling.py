"""Endpoints, inference components and notebook instances change in the background: whether they do, and waiting for
the end."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable

from emulator.sagemaker.api.kinds import Kind, kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError

_BUSY = ("Creating", "Updating", "Deleting", "Pending", "SystemUpdating", "RollingBack")


def in_background(work: Callable[[], None], name: str) -> threading.Thread:
    """Run work on a thread of its own that speaks for the same account and region."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
    thread.start()
    return thread


def status_of(record: Record) -> str:
    """The status, as Describe shows it."""
    return str(record.outcome.get(kinds()[record.kind].status_member))


def is_busy(record: Record) -> bool:
    """Whether a resource is changing."""
    return status_of(record) in _BUSY


def refuse_while_busy(record: Record) -> None:
    """Raise ServiceError for a resource that is changing."""
    if is_busy(record):
        label = kinds()[record.kind].label
        raise ServiceError("ValidationException", f'Cannot update in-progress {label} "{record.arn}".')


def wait_until_settled(records: Records, kind: Kind, key: str, timeout_seconds: float) -> Record | None:
    """Block until a resource is in a final state or gone.

    Raises:
        TimeoutError: It was still changing after the timeout.
    """
    end = time.monotonic() + timeout_seconds
    while time.monotonic() < end:
        record = records.find(kind.name, key)
        if record is None or not is_busy(record):
            return record
        time.sleep(0.05)
    raise TimeoutError(f"{kind.label} {key} did not reach a final state within {timeout_seconds:.0f} seconds")
