"""Pipelines of CodePipeline that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.delivery.connected_repository import ConnectedRepository
from sagemaker_constructs.delivery.delivery_environment import DeliveryEnvironment
from sagemaker_constructs.delivery.delivery_pipeline import DeliveryPipeline

_SHOWN = "tests/emulator/delivery/test_code_pipeline.py::test_what_code_pipeline_refuses"


def action(category: str = "Build", provider: str = "CodeBuild", **more: Any) -> dict[str, Any]:
    """An action of a stage."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": provider, "actionTypeId": kind, **more}


SOURCE = {"name": "Source", "actions": [action("Source", "CodeStarSourceConnection")]}


def _declared(*stages: Request, **more: Any) -> Request:
    return {"pipeline": {"name": "p", "roleArn": "arn:aws:iam::123456789012:role/p", "stages": [*stages], **more}}


def _build(name: str = "Build", **more: Any) -> Request:
    return {"name": name, "actions": [action()], **more}


def _condition(result: str) -> Request:
    return {"conditions": [{"result": result, "rules": []}]}


def _parallel(stack: Stack) -> None:
    environment = DeliveryEnvironment("prod", stacks=["churn"])
    repository = ConnectedRepository("octo-org/churn")
    DeliveryPipeline(stack, "Delivery", repository=repository, environments=[environment], execution_mode="PARALLEL")


_ROLLS_BACK: dict[str, Any] = {"onFailure": {"result": "ROLLBACK"}}
KNOWN = {
    ("ReleasePipeline", "p"): {"version": 2, "stages": [SOURCE, _build()]},
    ("ReleaseExecution", "rollback"): {"executionType": "ROLLBACK", "pipelineVersion": 2},
    ("ReleaseExecution", "good"): {"executionType": "STANDARD", "pipelineVersion": 2},
}


def _back_to(target: str, stage: str = "Build") -> Request:
    return {"pipelineName": "p", "stageName": stage, "targetPipelineExecutionId": target}


CASES = {
    "stages-of-parallel-pipelines-do-not-roll-back": RuleCase(
        refused=_declared(SOURCE, _build(**_ROLLS_BACK), executionMode="PARALLEL"),
        taken=_declared(SOURCE, _build(**_ROLLS_BACK), executionMode="QUEUED"),
        synth=_parallel,
        elsewhere=_SHOWN,
    ),
    "names-of-stages-are-unique": RuleCase(
        refused=_declared(SOURCE, _build(), _build()),
        taken=_declared(SOURCE, _build(), _build("Again")),
        elsewhere=_SHOWN,
    ),
    "pipelines-have-two-stages": RuleCase(
        refused=_declared(SOURCE), taken=_declared(SOURCE, _build()), elsewhere=_SHOWN
    ),
    "sources-are-the-first-stage": RuleCase(
        refused=_declared(_build(), SOURCE), taken=_declared(SOURCE, _build()), elsewhere=_SHOWN
    ),
    "entries-of-stages-fail-or-are-skipped": RuleCase(
        refused=_declared(SOURCE, _build(beforeEntry=_condition("ROLLBACK"))),
        taken=_declared(SOURCE, _build(beforeEntry=_condition("SKIP"))),
        elsewhere=_SHOWN,
    ),
    "successes-of-stages-fail-or-roll-back": RuleCase(
        refused=_declared(SOURCE, _build(onSuccess=_condition("SKIP"))),
        taken=_declared(SOURCE, _build(onSuccess=_condition("ROLLBACK"))),
        elsewhere=_SHOWN,
    ),
    "sources-do-not-roll-back": RuleCase(
        refused=_back_to("good", "Source"), taken=_back_to("good"), elsewhere=_SHOWN
    ),
    "rollbacks-return-to-standard-executions": RuleCase(
        refused=_back_to("rollback"), taken=_back_to("good"), elsewhere=_SHOWN
    ),
}
