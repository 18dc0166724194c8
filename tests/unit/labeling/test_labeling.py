"""One construct for both engines: the same arguments, the same channel, and what either lacks."""

from typing import Any, cast

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.labeling import (
    Labeling,
    LabelingBudget,
    LabelingInput,
    LabelingStream,
    LabelingTask,
    WorkTeam,
)

TEAM = "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/raters"


def _labels(stack: Stack, **given: Any) -> Labeling:
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "example-sagemaker-data")
    arguments: dict[str, Any] = {
        "task": LabelingTask("ImageMultiClass", title="Which?", labels=["cat", "dog"]),
        "input": LabelingInput(bucket, "images"),
        "output": bucket,
        "people_per_object": 2,
        "budget": LabelingBudget(50),
        **given,
    }
    return Labeling(stack, "Labels", **arguments)


def _ground_truth(stack: Stack) -> dict[str, Any]:
    team = WorkTeam.from_arn(stack, "Team", TEAM)
    return {"engine": "ground_truth", "team": team, "parameter_name": "/pets/labels"}


@pytest.mark.parametrize("engine", ["open", "ground_truth"])
def test_both_engines_give_the_same_channel(engine: str) -> None:
    app, where = App(), Environment(account="123456789012", region="us-east-1")
    stack, training = Stack(app, "Labeling", env=where), Stack(app, "Training", env=where)
    made = _labels(stack, **(_ground_truth(stack) if engine == "ground_truth" else {}))
    channel: Any = made.training_input(training).channel("train")
    source = channel["DataSource"]["S3DataSource"]
    assert source["S3DataType"] == "AugmentedManifestFile"
    assert source["AttributeNames"] == ["source-ref", "label"]
    assert source["S3Uri"].endswith("/manifests/output/output.manifest")
    assert training.dependencies == [stack]
    template = Template.from_stack(stack)
    template.has_resource_properties("Custom::SageMakerLabelingFiles", {"MostObjects": 50})
    template.resource_count_is("Custom::SageMakerLabelingJob", 0 if engine == "open" else 1)
    assert (made.project is None, made.job is None) == (engine != "open", engine == "open")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"parameter_name": "/pets"}, "parameter_name is for ground_truth"),
        ({"engine": "ground_truth"}, "team is needed for ground_truth"),
        ({"engine": "closed"}, "engine must be a known value"),
        (
            {"task": LabelingTask("SemanticSegmentation", title="x", labels=["cat", "dog"])},
            "task.kind must be classes, boxes",
        ),
    ],
)
def test_an_engine_says_what_it_lacks(given: dict[str, Any], reason: str, stack: Stack) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _labels(stack, **given)


def test_label_studio_has_no_teams(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match="team is for ground_truth"):
        _labels(stack, **{**_ground_truth(stack), "engine": "open"})


def test_label_studio_follows_its_bucket_and_no_topic(stack: Stack) -> None:
    with pytest.raises(InvalidInput, match="stream is for ground_truth"):
        _labels(stack, stream=LabelingStream(cast(sns.ITopic, sns.Topic(stack, "Arrivals"))))
