"""What SageMaker tells EventBridge of executions and their steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emulator.ministack.hooks import Publish
from emulator.ministack.scope import Scope
from emulator.sagemaker.api.records import Record

_EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
_STEP = "SageMaker Model Building Pipeline Execution Step Status Change"


class PipelineEvents:
    """Tells of each status of executions and steps, once.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish

    def execution(self, record: Record, before: str | None) -> None:
        """Tell of the status that an execution has now."""
        outcome = record.outcome
        detail = {
            "pipelineExecutionDescription": record.request.get("PipelineExecutionDescription"),
            "pipelineExecutionDisplayName": outcome.get("PipelineExecutionDisplayName"),
            "currentPipelineExecutionStatus": outcome["PipelineExecutionStatus"],
            "previousPipelineExecutionStatus": before,
            "executionStartTime": _written(record.created),
            "executionEndTime": _written(outcome.get("EndTime")),
        }
        self._tell(record, _EXECUTION, detail)

    def step(self, record: Record, state: Mapping[str, Any], before: str | None) -> None:
        """Tell of the status that a step has now."""
        metadata = {_small(name): _smaller(value) for name, value in state.get("Metadata", {}).items()}
        detail = {
            "metadata": metadata,
            "stepStartTime": _written(state.get("StartTime")),
            "stepEndTime": _written(state.get("EndTime")),
            "stepName": state["StepName"],
            "stepType": state["StepType"],
            "previousStepStatus": before,
            "currentStepStatus": state["StepStatus"],
            "cacheHitResult": _smaller(state.get("CacheHitResult")),
            "failureReason": state.get("FailureReason"),
        }
        self._tell(record, _STEP, detail)

    def _tell(self, record: Record, kind: str, detail: Mapping[str, Any]) -> None:
        pipeline = record.outcome["PipelineArn"]
        told = {name: value for name, value in detail.items() if value is not None}
        told |= {"pipelineArn": pipeline, "pipelineExecutionArn": record.arn}
        scope = Scope(record.account, record.region)
        self._publish(scope, kind, json.dumps(told, default=str), (pipeline, record.arn))


def _written(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _smaller(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_small(str(name)): item for name, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value
