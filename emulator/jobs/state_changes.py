"""What SageMaker tells EventBridge of its jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from emulator.jobs.table import job_rows
from emulator.ministack.hooks import Publish
from emulator.ministack.scope import Scope
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record


class StateChanges:
    """Tells of each status of a job, once, with what Describe says of the job.

    Args:
        publish: Sends an event.
        before: Called before each event, so that a log is complete when the end of its job is told.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    def __init__(self, publish: Publish, before: Callable[[], None]) -> None:
        self._publish = publish
        self._before = before

    def tell(self, record: Record) -> None:
        """Tell of the status that a record has now; nothing happens for kinds without events."""
        row = job_rows().get(record.kind)
        if row is None or not row.event:
            return
        kind = kinds()[record.kind]
        detail = {**record.request, **record.outcome, f"{kind.name}Arn": record.arn}
        if not row.event_names_job:
            status = record.outcome[kind.status_member]
            if status == "InProgress":
                return
            detail = {kind.status_member: status}
        self._before()
        text = json.dumps(detail, default=_written)
        self._publish(Scope(record.account, record.region), row.event, text, (record.arn,))


def _written(value: Any) -> Any:
    return datetime.fromtimestamp(value, UTC).isoformat() if isinstance(value, float) else str(value)
