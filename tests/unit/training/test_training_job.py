import json
from typing import Any

import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.training.training_input import TrainingInput
from sagemaker_constructs.training.training_job import TrainingJob


def _job(stack: Stack, key: kms.IKey, bucket: s3.IBucket, name: str = "Train", **given: Any) -> TrainingJob:
    arguments: dict[str, Any] = {"instance_type": "ml.m5.large", **given}
    image = ModelImage.from_directory("tests/unit/image")
    return TrainingJob(stack, name, image=image, output=bucket, encryption_key=key, **arguments)


def _request(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerTrainingJob").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    return json.loads("".join(part if isinstance(part, str) else "<token>" for part in parts))


def test_defaults(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket)
    request = _request(stack)
    assert request["ResourceConfig"] == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 10,
        "VolumeKmsKeyId": "<token>",
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3000}
    assert request["EnableNetworkIsolation"] is True
    assert request["OutputDataConfig"] == {"S3OutputPath": "s3://<token>/training", "KmsKeyId": "<token>"}
    assert "VpcConfig" not in request
    assert "InputDataConfig" not in request


def test_everything_given_reaches_the_request(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement
) -> None:
    _job(
        stack,
        key,
        bucket,
        instance_type="ml.g5.xlarge",
        instance_count=2,
        volume_gib=50,
        output_prefix="runs/",
        channels={"train": TrainingInput(bucket, "churn/train/")},
        hyperparameters={"epochs": "3"},
        metric_definitions={"loss": "loss=([0-9.]+)"},
        placement=placement,
        max_runtime=Duration.minutes(5),
        tags={"team": "risk"},
    )
    request = _request(stack)
    assert request["ResourceConfig"] == {"InstanceType": "ml.g5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 50}
    assert request["EnableInterContainerTrafficEncryption"] is True
    assert request["HyperParameters"] == {"epochs": "3"}
    assert request["AlgorithmSpecification"]["MetricDefinitions"] == [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://<token>/churn/train"
    assert request["VpcConfig"]["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert request["Tags"] == [{"Key": "team", "Value": "risk"}]


def test_the_provider_may_run_jobs_of_this_name_and_pass_this_role(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket
) -> None:
    job = _job(stack, key, bucket)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": [
                    Match.object_like(
                        {
                            "Action": Match.array_with(["sagemaker:CreateTrainingJob", "sagemaker:StopTrainingJob"]),
                            "Resource": {
                                "Fn::Join": [
                                    "",
                                    Match.array_with([Match.string_like_regexp("training-job/stack-train")]),
                                ]
                            },
                        }
                    ),
                    Match.object_like(
                        {
                            "Action": "iam:PassRole",
                            "Resource": stack.resolve(job.role.role_arn),
                            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                        }
                    ),
                ]
            }
        },
    )


def test_two_jobs_share_one_provider(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket, name="First")
    _job(stack, key, bucket, name="Second")
    template = Template.from_stack(stack)
    template.resource_count_is("Custom::SageMakerTrainingJob", 2)
    template.resource_count_is("AWS::StepFunctions::StateMachine", 1)


def test_all_mistakes_are_named_at_once(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _job(
            stack,
            key,
            bucket,
            instance_type="ml.m5.larg",
            instance_count=0,
            volume_gib=0,
            max_runtime=Duration.hours(2),
            channels={"no spaces": TrainingInput(bucket, "x")},
            hyperparameters={"long": "x" * 2501},
        )
    assert [problem.removeprefix("Stack/Train: ").split(", got")[0] for problem in refusal.value.lines] == [
        "instance_type must be a known value",
        "instance_count must be between 1 and 100",
        "volume_gib must be between 1 and 16384",
        "max_runtime in minutes must be between 1 and 55",
        "channels must be named with letters, digits, . - _",
        "hyperparameters long may have at most 2500 characters",
    ]
