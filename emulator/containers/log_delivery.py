"""What containers write, delivered to CloudWatch Logs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from emulator.ministack import in_process
from emulator.shapes.errors import ServiceError

_MOST_BYTES = 256 * 1024
_MOST_LINE = 10_000


def new_lines(file: Path, begin: int) -> tuple[Sequence[str], int]:
    """Whole lines of a log from where the last round has ended, and where they end."""
    try:
        if file.stat().st_size <= begin:
            return [], begin
        with file.open("rb") as log:
            log.seek(begin)
            content = log.read(_MOST_BYTES)
    except FileNotFoundError:
        return [], begin
    # A line without an end is still being written, unless it fills the room alone.
    endless = len(content) == _MOST_BYTES and b"\n" not in content
    whole = content if endless else content[: content.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), begin + len(whole)


def put_lines(group: str, stream: str, lines: Sequence[str]) -> None:
    """Write lines of the present account and region; group and stream are made with the first one."""
    now = int(time.time() * 1000)
    # An event has no empty message.
    events = [{"timestamp": now, "message": line[:_MOST_LINE]} for line in lines if line]
    if not events:
        return
    place = {"logGroupName": group, "logStreamName": stream}
    request = {**place, "logEvents": events}
    try:
        in_process.call("logs", "PutLogEvents", request)
    except ServiceError:
        # A stack may have made the group before.
        for operation, members in (("CreateLogGroup", {"logGroupName": group}), ("CreateLogStream", place)):
            with contextlib.suppress(ServiceError):
                in_process.call("logs", operation, members)
        in_process.call("logs", "PutLogEvents", request)
