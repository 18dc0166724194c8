"""AutoTabular as a training job: what reaches the request, and what is refused."""

import json
import re
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model
from sagemaker_constructs.training import AutoTabularDefinition, TrainingDefinition, TrainingInput, TrainingJob


def _definition(stack: Stack, key: kms.IKey, bucket: s3.IBucket, **given: Any) -> AutoTabularDefinition:
    arguments: dict[str, Any] = {"label": "churned", "instance_type": "ml.m5.large", **given}
    return AutoTabularDefinition(
        stack,
        "Search",
        train=TrainingInput(bucket, "churn/train"),
        output=bucket,
        encryption_key=key,
        image=ModelImage.from_directory("tests/unit/image"),
        **arguments,
    )


def _request(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerTrainingJob").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    request = json.loads(
        "".join(part if isinstance(part, str) else "arn:aws:iam::123456789012:role/r" for part in parts)
    )
    shape = cast(Any, service_model()).operation_model("CreateTrainingJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    found = validator.validate({"TrainingJobName": "search", **request}, shape)
    assert not found.has_errors(), found.generate_report()
    return request


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    job = TrainingJob(stack, "Once", definition=_definition(stack, key, bucket))
    Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"), artifact=job.artifact)
    request = _request(stack)
    assert request["AlgorithmSpecification"]["ContainerArguments"] == ["automl"]
    assert request["HyperParameters"] == {
        "label": "churned",
        "max_candidates": "30",
        "max_runtime_seconds": "2400",
        "seed": "42",
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3000}
    assert [channel["ChannelName"] for channel in request["InputDataConfig"]] == ["train"]
    assert request["OutputDataConfig"]["S3OutputPath"].endswith("/automl")


def test_what_is_chosen_reaches_the_container(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    definition = _definition(
        stack,
        key,
        bucket,
        validation=TrainingInput(bucket, "churn/validation"),
        objective="regression",
        metric="rmse",
        max_candidates=12,
        max_runtime=Duration.minutes(10),
        seed=7,
    )
    TrainingJob(stack, "Once", definition=definition)
    request = _request(stack)
    assert request["HyperParameters"] == {
        "label": "churned",
        "objective": "regression",
        "metric": "rmse",
        "max_candidates": "12",
        "max_runtime_seconds": "480",
        "seed": "7",
    }
    assert [channel["ChannelName"] for channel in request["InputDataConfig"]] == ["train", "validation"]


def test_metrics_are_found_in_what_the_search_prints(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    TrainingJob(stack, "Once", definition=_definition(stack, key, bucket))
    patterns = {
        each["Name"]: each["Regex"] for each in _request(stack)["AlgorithmSpecification"]["MetricDefinitions"]
    }
    log = "validation:r2=-0.210000\nwinner linear-002: rmse 54.100000\nsearch:rmse=54.100000\n"
    found = {name: match[1] for name, pattern in patterns.items() if (match := re.search(pattern, log))}
    assert found == {"validation:r2": "-0.210000", "search:rmse": "54.100000"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"objective": "binary", "metric": "rmse"}, "metric must be one of a binary objective's, auc, accuracy, f1"),
        ({"max_candidates": 751}, "max_candidates must be between 1 and 750"),
        ({"seed": -1}, "seed must be between 0"),
        ({"label": ""}, "label must name the column to predict"),
    ],
)
def test_what_cannot_be_searched_is_refused(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(words)):
        _definition(stack, key, bucket, **given)


def test_a_training_says_what_its_container_is_told(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    def training(name: str, arguments: list[str]) -> TrainingDefinition:
        return TrainingDefinition(
            stack,
            name,
            image=ModelImage.from_directory("tests/unit/image"),
            output=bucket,
            encryption_key=key,
            instance_type="ml.m5.large",
            arguments=arguments,
        )

    TrainingJob(stack, "Once", definition=training("Told", ["fit", "--fast"]))
    assert _request(stack)["AlgorithmSpecification"]["ContainerArguments"] == ["fit", "--fast"]
    with pytest.raises(InvalidInput, match="arguments may hold at most 100"):
        training("Talkative", ["word"] * 101)
    with pytest.raises(InvalidInput, match="arguments must have at most 256 characters each"):
        training("Long", ["x" * 257])
