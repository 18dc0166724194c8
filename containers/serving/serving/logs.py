"""Structured logs on stdout, where CloudWatch Logs collects them."""

import json
from datetime import UTC, datetime


def log(level: str, message: str, **details: object) -> None:
    """Write one line of JSON: time, level (`info`, `warning`, `error`), message and details."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "message": message}
    print(json.dumps(line | details), flush=True)
