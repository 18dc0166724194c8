"""What a due schedule asks of SageMaker."""

import logging
import re
from collections.abc import Mapping
from typing import Any

import pytest

from emulator.services.scheduler import Schedules, filled
from emulator.shapes.errors import ServiceError

PREFIX = "arn:aws:scheduler:::aws-sdk:sagemaker:"
TARGET = f"{PREFIX}createTransformJob"


class Called:
    """A control plane that notes its calls, and refuses those without a model."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append((name, request))
        if "ModelName" not in request:
            raise ServiceError("ValidationException", "a model is missing")
        return {}


SCHEDULE = {"Arn": "arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly"}
DUE = 1_795_921_234.5


def test_each_run_has_a_name_of_its_own() -> None:
    api = Called()
    schedules = Schedules(api, PREFIX)
    given = '{"TransformJobName": "nightly-<aws.scheduler.execution-id>", "ModelName": "m"}'
    for _ in range(2):
        schedules.call(TARGET, filled(given, SCHEDULE, DUE))
    assert [name for name, _ in api.calls] == ["CreateTransformJob"] * 2
    names = [request["TransformJobName"] for _, request in api.calls]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"nightly-[0-9a-f]{16}", name) for name in names)


@pytest.mark.parametrize(
    ("expression", "time"),
    [("rate(1 minute)", "2026-11-29T03:00:34Z"), ("cron(0 3 * * ? *)", "2026-11-29T03:00:00Z")],
)
def test_an_input_is_told_when_it_was_due(expression: str, time: str) -> None:
    given = "<aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn> <aws.scheduler.attempt-number> <other>"
    schedule = {**SCHEDULE, "ScheduleExpression": expression}
    assert filled(given, schedule, DUE) == f"{time} {SCHEDULE['Arn']} 1 <other>"


@pytest.mark.parametrize(("text", "reason"), [("{}", "a model is missing"), ("{", "Expecting property name")])
def test_a_refused_call_is_a_warning(text: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Schedules(Called(), PREFIX).call(TARGET, text)
    assert "createTransformJob was refused" in caplog.text
    assert reason in caplog.text
