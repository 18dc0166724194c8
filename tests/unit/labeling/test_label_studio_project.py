"""A Label Studio project: what it reads is written, what it leaves becomes a manifest, and who may do what."""

import json
from typing import Any, cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Match, Template

from harness.policies import actions_of, allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.labeling import LabelingInput, LabelingTask, LabelStudioProject, WorkerPage
from sagemaker_constructs.observability import Alarms

LABELS = ["cat", "dog"]


def _project(stack: Stack, bucket: s3.IBucket, **given: Any) -> LabelStudioProject:
    arguments: dict[str, Any] = {
        "task": LabelingTask("ImageMultiClass", title="Which?", labels=LABELS),
        "input": LabelingInput(bucket, "images"),
        "output": bucket,
        **given,
    }
    return LabelStudioProject(stack, "Pets", **arguments)


def test_tasks_are_written_and_answers_are_read(stack: Stack, bucket: s3.IBucket) -> None:
    project = _project(stack, bucket, attribute="pet", people_per_object=2)
    template = Template.from_stack(stack)
    files = {"Task": "ImageMultiClass", "Question": "Which?", "Categories": LABELS}
    template.has_resource_properties("Custom::SageMakerLabelingFiles", files)
    pattern = {
        "source": ["aws.s3"],
        "detail": {"object": {"key": [{"prefix": f"{project.annotations_prefix}/"}]}},
    }
    template.has_resource_properties("AWS::Events::Rule", {"EventPattern": Match.object_like(pattern)})
    template.has_resource_properties("AWS::Events::Rule", {"ScheduleExpression": "cron(0 2 * * ? *)"})
    told = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
    template.has_resource_properties("AWS::S3::Bucket", told)
    [function] = [
        each["Properties"]
        for each in template.find_resources("AWS::Lambda::Function").values()
        if "PROJECT" in each["Properties"].get("Environment", {}).get("Variables", {})
    ]
    parts: list[Any] = function["Environment"]["Variables"]["PROJECT"]["Fn::Join"][1]
    given = json.loads("".join(part if isinstance(part, str) else "bucket" for part in parts))
    assert given | {"name": "", "prefix": ""} == {
        "name": "",
        "bucket": "bucket",
        "prefix": "",
        "task": "ImageMultiClass",
        "labels": LABELS,
        "attribute": "pet",
        "people": 2,
    }
    assert f"{given['prefix']}/annotations" == project.annotations_prefix
    writing = allowed(statements(stack, "PetsWriterRole"), "s3:PutObject")
    assert all("/manifests/output/*" in str(each) for each in writing)


def test_tasks_follow_what_arrives(stack: Stack, bucket: s3.IBucket) -> None:
    images = s3.Bucket(stack, "Images")
    project = _project(stack, bucket, input=LabelingInput(images, "images", suffixes=[".png"]), follow=True)
    template = Template.from_stack(stack)
    template.has_resource_properties("Custom::SageMakerLabelingFiles", {"Follow": "true"})
    pattern = {
        "detail-type": ["Object Created", "Object Deleted"],
        "detail": {"object": {"key": [{"prefix": "images/"}]}},
    }
    template.has_resource_properties("AWS::Events::Rule", {"EventPattern": Match.object_like(pattern)})
    [policy] = template.find_resources("AWS::SQS::QueuePolicy").values()
    [sending] = [each for each in policy["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert len(sending["Condition"]["ArnEquals"]["aws:SourceArn"]) == 3
    told = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
    assert len(template.find_resources("AWS::S3::Bucket", {"Properties": told})) == 2
    found = statements(stack, "PetsWriterRole")
    assert any("/inputs/*" in str(each) for each in allowed(found, "s3:PutObject"))
    assert any("/images/*" in str(each) for each in allowed(found, "s3:GetObject"))
    assert str(project.description()["inputs"]).endswith("/inputs")


def test_what_a_project_cannot_write_wakes_somebody(stack: Stack, bucket: s3.IBucket) -> None:
    project = _project(stack, bucket)
    Alarms(stack, "Alarms", watched=[project], topic=cast(sns.ITopic, sns.Topic(stack, "Topic")))
    template = Template.from_stack(stack)
    for metric, threshold in (("ApproximateNumberOfMessagesVisible", 1), ("ApproximateAgeOfOldestMessage", 900)):
        alarm = {"Namespace": "AWS/SQS", "MetricName": metric, "Threshold": threshold}
        template.has_resource_properties("AWS::CloudWatch::Alarm", alarm)
    assert [section.title for section in project.dashboard_sections()] == ["Labels of Pets"]


def test_a_label_studio_writes_annotations_alone(stack: Stack, bucket: s3.IBucket) -> None:
    role = iam.Role.from_role_name(stack, "Studio", "label-studio")
    _project(stack, bucket).grant_label(role)
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    [policy] = [each for each in policies if each["Properties"]["Roles"] == ["label-studio"]]
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    for action in ("s3:PutObject", "s3:DeleteObject"):
        where = [str(each["Resource"]) for each in found if action in actions_of(each)]
        assert where
        assert all("/annotations/*" in each for each in where)
    assert any("/images/*" in str(each["Resource"]) for each in found if "s3:GetObject" in actions_of(each))


def test_what_is_labeled_is_a_channel(stack: Stack, bucket: s3.IBucket) -> None:
    project = _project(stack, bucket)
    channel: Any = project.training_input(stack).channel("train")
    source = channel["DataSource"]["S3DataSource"]
    assert source["S3Uri"].endswith(project.manifest_key)
    assert source["AttributeNames"] == ["source-ref", "label"]
    with pytest.raises(InvalidInput, match="must be the bucket of the objects"):
        LabelStudioProject(
            stack,
            "Elsewhere",
            task=LabelingTask("ImageMultiClass", title="Which?", labels=LABELS),
            input=LabelingInput(s3.Bucket(stack, "Other"), "images"),
            output=bucket,
        ).training_input(stack)


def test_a_training_is_deployed_after_its_project() -> None:
    app, where = App(), Environment(account="123456789012", region="us-east-1")
    labeling, training = Stack(app, "Labeling", env=where), Stack(app, "Training", env=where)
    _project(labeling, s3.Bucket(labeling, "Bucket")).training_input(training)
    assert training.dependencies == [labeling]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (
            {"task": LabelingTask("SemanticSegmentation", title="x", labels=LABELS)},
            "task.kind must be classes, boxes",
        ),
        ({"task": LabelingTask("VideoMultiClass", title="x", labels=LABELS)}, "task.kind must be classes, boxes"),
        (
            {"task": LabelingTask("BoundingBox", title="x", labels=LABELS, page=WorkerPage("<form></form>"))},
            "task.page is not for Label Studio",
        ),
        ({"task": LabelingTask("TextMultiClass", title="x", labels=LABELS)}, "input.manifest is needed for texts"),
        ({"follow": True, "output_prefix": "images/labels"}, "output_prefix must be outside of what is followed"),
        ({"people_per_object": 0}, "people_per_object must be between 1 and 9"),
        ({"attribute": "a_b"}, "attribute must be letters"),
    ],
)
def test_what_is_refused(given: dict[str, Any], reason: str, stack: Stack, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _project(stack, bucket, **given)
