"""Model packages: every change of one is told to EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emulator.ministack.hooks import Publish
from emulator.ministack.scope import Scope
from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.api.rendering import render
from emulator.sagemaker.api.settling import in_background
from emulator.shapes.service_model import service_model

_EVENT = "SageMaker Model Package State Change"


class ModelPackages:
    """Behaviour of model packages.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def created(self, record: Record) -> None:
        """Tell of a new version."""
        self._tell(record, {})

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Tell of a change, such as an approval."""
        self._tell(record, request)

    def stopped(self, record: Record) -> None:
        """Model packages have no Stop."""

    def deleted(self, record: Record) -> bool:
        """Nothing is running, so it may go."""
        del record
        return True

    def _tell(self, record: Record, changes: Mapping[str, Any]) -> None:
        shape = service_model("sagemaker").operation_model("DescribeModelPackage").output_shape
        detail = {**render(kinds()[record.kind], record, shape), **changes}
        told = _with_moments(detail)
        # The caller holds the records while it answers, and a target may ask for this very package.
        scope = Scope(record.account, record.region)
        in_background(lambda: self._publish(scope, _EVENT, json.dumps(told), (record.arn,)), _EVENT)


def _with_moments(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromtimestamp(value, UTC).isoformat() if name.endswith("Time") else value
        for name, value in detail.items()
    }
