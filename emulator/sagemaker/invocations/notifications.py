"""Messages to SNS topics."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from emulator.ministack import in_process
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.notifications")


def publish(topic: str | None, message: Mapping[str, Any]) -> None:
    """Publish a message as JSON; nothing happens without a topic, and a failure is logged. Call it on a thread."""
    if not topic:
        return
    try:
        in_process.call("sns", "Publish", {"TopicArn": topic, "Message": json.dumps(message)})
    except ServiceError as error:
        logger.error("nothing was published to %s: %s", topic, error.message)
