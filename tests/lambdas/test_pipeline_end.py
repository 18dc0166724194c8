"""Executions are stopped before their pipeline goes, against a SageMaker in memory."""

from typing import Any

import pytest

from harness.functions.services_in_memory import ServiceError, ServicesInMemory
from lambdas.pipeline_end.logic import end_executions


class SageMaker(ServicesInMemory):
    """Executions that stop some seconds after they are asked to, and those that wait for an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, str] = {"ended": "Succeeded", "runs": "Executing", "stops": "Stopping"}
        self.waits = {"runs": "token-runs"}
        self.answered: list[str] = []
        self.stopped: list[str] = []
        self.seconds = 0.0
        self.stubborn = False

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        for arn, status in self.executions.items():
            if status == "Stopping" and not self.stubborn and arn not in self.waits:
                self.executions[arn] = "Stopped"

    def list_pipeline_executions(
        self,
        PipelineName: str,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        if PipelineName == "gone":
            raise ServiceError("ResourceNotFound")
        arn, status = [*self.executions.items()][int(NextToken)]
        following = int(NextToken) + 1
        page = {"PipelineExecutionSummaries": [{"PipelineExecutionArn": arn, "PipelineExecutionStatus": status}]}
        return {**page, **({"NextToken": str(following)} if following < len(self.executions) else {})}

    def stop_pipeline_execution(self, PipelineExecutionArn: str, ClientRequestToken: str) -> dict[str, Any]:  # noqa: N803
        assert len(ClientRequestToken) >= 32
        if self.executions[PipelineExecutionArn] != "Executing":
            raise ServiceError("ValidationException")
        self.stopped.append(PipelineExecutionArn)
        self.executions[PipelineExecutionArn] = "Stopping"
        return {}

    def list_pipeline_execution_steps(self, PipelineExecutionArn: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        token = self.waits.get(PipelineExecutionArn)
        train = {"StepName": "Train", "StepStatus": "Executing", "Metadata": {"TrainingJob": {"Arn": "a"}}}
        done = {"StepStatus": "Succeeded", "Metadata": {"Callback": {"CallbackToken": "token-of-before"}}}
        wait = {"StepStatus": "Executing", "Metadata": {"Callback": {"CallbackToken": token}}}
        return {"PipelineExecutionSteps": [train, done, *([wait] if token else [])]}

    def send_pipeline_execution_step_failure(self, CallbackToken: str, FailureReason: str) -> dict[str, Any]:  # noqa: N803
        assert FailureReason
        self.answered.append(CallbackToken)
        self.waits = {arn: token for arn, token in self.waits.items() if token != CallbackToken}
        return {}


def _event(kind: str, name: str = "churn") -> dict[str, Any]:
    return {"RequestType": kind, "PhysicalResourceId": "churn", "ResourceProperties": {"PipelineName": name}}


def _end(api: SageMaker, kind: str = "Delete", name: str = "churn") -> str:
    return end_executions(_event(kind, name), api, api.now, api.sleep)


def test_everything_ends_before_the_answer() -> None:
    api = SageMaker()
    assert _end(api) == "churn"
    assert api.executions == {"ended": "Succeeded", "runs": "Stopped", "stops": "Stopped"}
    assert (api.stopped, api.answered) == (["runs"], ["token-runs"])
    assert _end(api) == "churn"


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_nothing_is_stopped_while_the_pipeline_stays(kind: str) -> None:
    api = SageMaker()
    assert _end(api, kind) == "churn"
    assert api.stopped == []


def test_a_pipeline_that_was_never_there_has_no_executions() -> None:
    assert _end(SageMaker(), name="gone") == "churn"


def test_what_does_not_stop_is_named() -> None:
    api = SageMaker()
    api.stubborn = True
    with pytest.raises(TimeoutError, match="still running: runs, stops"):
        _end(api)
    assert api.stopped == ["runs"]


def test_an_execution_that_ends_meanwhile_is_no_failure() -> None:
    api = SageMaker()

    def over(**_: Any) -> dict[str, Any]:
        api.executions["runs"] = "Succeeded"
        raise ServiceError("ValidationException")

    api.stop_pipeline_execution = over  # type: ignore[method-assign]
    _end(api)
    assert "runs" not in api.stopped
