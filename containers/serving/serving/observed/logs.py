"""Structured logs on stdout, where CloudWatch Logs collects them."""

import json
import logging
from datetime import UTC, datetime


def log(level: str, message: str, **details: object) -> None:
    """Write one line of JSON: time, level (`info`, `warning`, `error`), message and details."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "message": message}
    print(json.dumps(line | details), flush=True)


class JsonLines(logging.Handler):
    """What models and libraries log through Python's logging, as the same lines; an exception is inside its line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        details: dict[str, object] = {"logger": record.name}
        if record.exc_info:
            details["traceback"] = logging.Formatter().formatException(record.exc_info)
        log(record.levelname.lower(), record.getMessage(), **details)


def log_as_json() -> None:
    """Send Python's logging, from level INFO, and its warnings where `log` writes."""
    logging.basicConfig(level=logging.INFO, handlers=[JsonLines()], force=True)
    logging.captureWarnings(True)
