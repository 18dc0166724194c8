"""Rounds of a model and people: what begins them, what they may do, and what they refuse."""

import json
from typing import Any, cast

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.data import ProcessingDefinition, ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.labeling import LabelingInput, LabelingRounds, LabelingTask, LabelStudioProject
from sagemaker_constructs.observability import Alarms

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/models:1"


def _project(stack: Stack, bucket: s3.IBucket, **given: Any) -> LabelStudioProject:
    arguments: dict[str, Any] = {
        "task": LabelingTask("ImageMultiClass", title="Which?", labels=["cat", "dog"]),
        "input": LabelingInput(bucket, "images"),
        "output": bucket,
        "first": 50,
        **given,
    }
    return LabelStudioProject(stack, "Pets", **arguments)


def _rounds(stack: Stack, bucket: s3.IBucket, project: LabelStudioProject, **given: Any) -> LabelingRounds:
    model = ProcessingDefinition(
        stack,
        "Model",
        image=ModelImage.from_uri(IMAGE),
        instance_type="ml.m5.large",
        inputs={"labels": ProcessingInput(bucket, project.manifest_key.rpartition("/")[0])},
        outputs={"proposals": ProcessingOutput(bucket, "proposals")},
    )
    arguments: dict[str, Any] = {"proposals": "proposals/proposals.jsonl", "most_asked": 200, **given}
    return LabelingRounds(stack, "Rounds", project=project, model=model, **arguments)


def _text(rule: dict[str, Any]) -> dict[str, Any]:
    parts: list[Any] = rule["Targets"][0]["Input"]["Fn::Join"][1]
    return json.loads("".join(part if isinstance(part, str) else "x" for part in parts))


def test_answers_the_model_and_the_night_begin_what_is_due(stack: Stack, bucket: s3.IBucket) -> None:
    project = _project(stack, bucket)
    _rounds(stack, bucket, project, target_error=0.02)
    template = Template.from_stack(stack)
    template.has_resource_properties("Custom::SageMakerLabelingFiles", {"First": 50})
    rules = [each["Properties"] for each in template.find_resources("AWS::Events::Rule").values()]
    begin = [each for each in rules if "Input" in each["Targets"][0]]
    assert len(begin) == 3
    told = [_text(each) for each in begin]
    assert told[0] == told[1] == told[2]
    assert told[0]["rules"] == {"batch": 20, "most_asked": 200, "target_error": 0.02, "audit_percent": 5}
    assert told[0]["job"]["member"] == "ProcessingJobName"
    assert told[0]["job"]["request"]["AppSpecification"]["ImageUri"] == IMAGE
    assert told[0]["project"]["rounds"] is True
    patterns = [each.get("EventPattern", {}) for each in begin]
    assert {"detail-type": ["Object Created"]}.items() <= next(
        each for each in patterns if each.get("source") == ["aws.s3"]
    ).items()
    ended = next(each for each in patterns if each.get("source") == ["aws.sagemaker"])["detail"]
    assert ended["ProcessingJobStatus"] == ["Completed", "Failed", "Stopped"]


def test_it_starts_its_model_and_writes_what_belongs_to_the_project(stack: Stack, bucket: s3.IBucket) -> None:
    project = _project(stack, bucket)
    _rounds(stack, bucket, project)
    found = statements(stack, "RoundsFunctionRole")
    assert allowed(found, "sagemaker:CreateProcessingJob")
    assert allowed(found, "sagemaker:DescribeProcessingJob")
    assert allowed(found, "iam:PassRole")
    for each in allowed(found, "s3:PutObject"):
        assert any(part in str(each) for part in ("/active/*", "/inputs/*", "/manifests/output/*"))
    assert any("/active/*" in str(each) for each in allowed(statements(stack, "PetsWriterRole"), "s3:GetObject"))


def test_a_round_that_is_stuck_wakes_somebody(stack: Stack, bucket: s3.IBucket) -> None:
    rounds = _rounds(stack, bucket, _project(stack, bucket))
    Alarms(stack, "Alarms", watched=[rounds], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    Template.from_stack(stack).resource_count_is("AWS::CloudWatch::Alarm", 1)
    assert [section.title for section in rounds.dashboard_sections()] == ["Rounds of Pets"]


@pytest.mark.parametrize(
    ("project", "given", "reason"),
    [
        ({"first": None}, {}, "project must have first"),
        ({}, {"most_asked": 10}, "most_asked must be between 50 and"),
        ({}, {"target_error": 0}, "target_error must be between"),
        ({}, {"audit_percent": 101}, "audit_percent must be between 0 and 100"),
        ({}, {"batch": 0}, "batch must be between 1 and"),
        ({"first": 1}, {}, "first must be between 2 and"),
        ({"follow": True}, {}, "first is for objects that are there at first"),
        (
            {"task": LabelingTask("BoundingBox", title="Where?", labels=["cat"])},
            {},
            "first is for tasks with one class",
        ),
    ],
)
def test_what_is_refused(
    project: dict[str, Any], given: dict[str, Any], reason: str, stack: Stack, bucket: s3.IBucket
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _rounds(stack, bucket, _project(stack, bucket, **project), **given)
