"""Reactions to drift: what is provisioned, what the function may do, and what is refused."""

import json
from typing import Any, cast

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.monitoring import (
    CapturedRequests,
    DriftMonitor,
    DriftReactions,
    OpenReview,
    ReturnToVersion,
    ShiftTraffic,
)
from sagemaker_constructs.registry import ApprovedModel, ModelPackageGroup
from sagemaker_constructs.serving import RealTimeEndpoint, Variant

IMAGE = ModelImage.from_uri("123456789012.dkr.ecr.us-east-1.amazonaws.com/monitor:1")
FLOW = "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/drift"
FIRST = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"


POINTER = {"pointer": "/ml/live", "stage": "Production"}


class Flow:
    """What a human review workflow answers to."""

    arn = FLOW

    def start_grants(self) -> Grants:
        grants = Grants()
        grants.allow("sagemaker:StartHumanLoop", on=FLOW)
        return grants


def _parts(stack: Stack) -> tuple[DriftMonitor, RealTimeEndpoint, ApprovedModel]:
    bucket = cast(s3.IBucket, s3.Bucket(stack, "Bucket"))
    monitor = DriftMonitor(
        stack,
        "Drift",
        captured=CapturedRequests(bucket, "captured/churn"),
        baseline=ProcessingInput(bucket, "baseline"),
        reports=ProcessingOutput(bucket, "reports"),
        image=IMAGE,
    )
    variants = [
        Variant(
            Model(stack, name, image=IMAGE, artifact=ModelArtifact.from_bucket(bucket, "model.tar.gz")),
            name=name,
            instance_type="ml.c7i.large",
        )
        for name in ("Champion", "Challenger")
    ]
    endpoint = RealTimeEndpoint(stack, "Endpoint", variants=variants)
    group = ModelPackageGroup(stack, "Group", name="churn")
    approved = ApprovedModel(
        stack, "Approved", group=group, parameter_name="/ml/live", first=FIRST, stage="Production"
    )
    return monitor, endpoint, approved


@pytest.fixture(scope="module")
def made() -> tuple[DriftMonitor, Template]:
    stack = Stack(App(), "Serving", env=Environment(region="us-east-1"))
    monitor, endpoint, approved = _parts(stack)
    DriftReactions(
        stack,
        "Reactions",
        monitor=monitor,
        reactions={
            "back": ReturnToVersion(approved, cool_down=Duration.hours(6)),
            "shift": ShiftTraffic(endpoint, "Challenger", on="worse", percent=80),
            "ask": OpenReview(Flow(), on="biased"),
        },
    )
    return monitor, Template.from_stack(stack)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "".join(_text(part) for part in value["Fn::Join"][1]) if "Fn::Join" in value else "-"


@pytest.mark.parametrize(
    ("name", "cause", "told"),
    [
        ("back", "severe", {"kind": "return", "coolDown": 21_600, "settings": POINTER}),
        ("shift", "worse", {"kind": "shift", "coolDown": 86_400}),
        ("ask", "biased", {"kind": "review", "coolDown": 86_400, "settings": {"flow": FLOW}}),
    ],
)
def test_each_has_a_rule_whose_message_the_function_reads(
    made: tuple[DriftMonitor, Template], name: str, cause: Any, told: dict[str, Any]
) -> None:
    from lambdas.react.requests import request_of

    monitor, template = made
    rules = template.find_resources("AWS::Events::Rule").values()
    wanted = monitor.event_pattern(cause)
    [rule] = [each["Properties"] for each in rules if each["Properties"].get("EventPattern") == wanted]
    text = _text(rule["Targets"][0]["InputTransformer"]["InputTemplate"])
    detail = {"monitor": "m", "window": {"name": "2026113007", "start": "2026-11-30T07:00:00Z"}, "confirmed": ["age"]}
    request = request_of(text.replace("<aws.events.event.json>", json.dumps({"detail": detail})))
    assert (request.name, request.kind, request.cool_down) == (name, told["kind"], told["coolDown"])
    assert "settings" not in told or request.settings == told["settings"]
    assert "DeadLetterConfig" in rule["Targets"][0]


def test_it_may_do_what_it_is_asked_to_and_nothing_else(made: tuple[DriftMonitor, Template]) -> None:
    roles = made[1].find_resources(
        "AWS::IAM::Role", {"Properties": {"Description": "Reacts to drift for Serving/Reactions"}}
    )
    [role] = roles.values()
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    verbs = {verb for each in statements for verb in actions_of(each) if verb.startswith(("sagemaker:", "ssm:"))}
    assert verbs == {
        "sagemaker:DescribeModelPackage",
        "sagemaker:UpdateModelPackage",
        "sagemaker:DescribeEndpoint",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
        "sagemaker:StartHumanLoop",
        "ssm:GetParameter",
    }
    text = json.dumps(statements)
    assert ":parameter/ml/live" in text
    assert "model-package/" in text
    assert not [each for each in statements if each["Resource"] == "*"]


def test_what_was_given_up_is_an_alarm_and_decisions_are_kept_a_year(made: tuple[DriftMonitor, Template]) -> None:
    made[1].has_resource_properties("AWS::DynamoDB::Table", {"TimeToLiveSpecification": Match.any_value()})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"to": "Chalenger"}, r"reactions.a.to must be a known value, got: 'Chalenger'; did you mean Challenger\?"),
        ({"percent": 120}, "reactions.a.percent must be between 0 and 100, got: 120"),
        (
            {"on": "drift"},
            "reactions.a.on must be a known value, got: 'drift'; allowed: drifted, worse",
        ),
        ({"cool_down": Duration.seconds(1)}, "reactions.a.cool_down in seconds must be between 60 and 2592000"),
    ],
)
def test_what_could_never_be_done_is_refused(stack: Stack, given: dict[str, Any], message: str) -> None:
    monitor, endpoint, _ = _parts(stack)
    arguments: dict[str, Any] = {"to": "Challenger", **given}
    reaction = ShiftTraffic(endpoint, **arguments)
    with pytest.raises(InvalidInput, match=message):
        DriftReactions(stack, "Reactions", monitor=monitor, reactions={"a": reaction})


def test_no_reaction_is_refused(stack: Stack) -> None:
    monitor, *_ = _parts(stack)
    with pytest.raises(InvalidInput, match="reactions must name at least one reaction, got: none"):
        DriftReactions(stack, "Reactions", monitor=monitor, reactions={})
