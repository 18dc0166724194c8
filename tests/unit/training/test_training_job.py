import json
from typing import Any

import pytest
from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.training.checkpoints import Checkpoints
from sagemaker_constructs.training.file_system_input import FileSystemInput
from sagemaker_constructs.training.spot_training import SpotTraining
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_group import TrainingGroup
from sagemaker_constructs.training.training_input import TrainingInput
from sagemaker_constructs.training.training_job import TrainingJob


def _definition(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, name: str = "Training", **given: Any
) -> TrainingDefinition:
    arguments: dict[str, Any] = {"instance_type": "ml.m5.large", **given}
    image = ModelImage.from_directory("tests/unit/image")
    return TrainingDefinition(stack, name, image=image, output=bucket, encryption_key=key, **arguments)


def _job(stack: Stack, key: kms.IKey, bucket: s3.IBucket, name: str = "Train", **given: Any) -> TrainingJob:
    return TrainingJob(stack, name, definition=_definition(stack, key, bucket, f"{name}Definition", **given))


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
    # Deployed jobs have always been named after the job, not after its definition.
    prefix = physical_name(job, 46)
    assert prefix.startswith("stack-train-")
    found = statements(stack, "SageMakerJobProviderRole")
    for action in ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags"):
        [jobs] = allowed(found, f"sagemaker:{action}")
        assert jobs["Fn::Join"][1][-1] == f":training-job/{prefix}-*"
    assert [statement for statement in found if statement["Action"] == "iam:PassRole"] == [
        {
            "Action": "iam:PassRole",
            "Effect": "Allow",
            "Resource": stack.resolve(job.definition.execution_role.arn),
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        }
    ]
    assert [statement for statement in found if statement["Action"] == "kms:CreateGrant"] == [
        {
            "Action": "kms:CreateGrant",
            "Effect": "Allow",
            "Resource": stack.resolve(key.key_arn),
            "Condition": condition,
        }
        for condition in (
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            {"StringEquals": {"kms:ViaService": stack.resolve(f"sagemaker.{Aws.REGION}.{Aws.URL_SUFFIX}")}},
        )
    ]
    template = Template.from_stack(stack)
    [resource] = template.find_resources("Custom::SageMakerTrainingJob").values()
    policies = template.find_resources("AWS::IAM::Policy").items()
    rights = [name for name, policy in policies if "PassRole" in str(policy) or "StartExecution" in str(policy)]
    assert sorted(resource["DependsOn"]) == sorted(rights)
    assert len(rights) == 2
    assert resource["Properties"]["NamePrefix"] == prefix


def test_the_artifact_is_encrypted_with_the_job_s_key_in_a_bucket_of_another(stack: Stack, key: kms.IKey) -> None:
    _definition(stack, key, s3.Bucket.from_bucket_name(stack, "Other", "models-of-others"))
    [used] = allowed(statements(stack, "TrainingExecutionRole"), "kms:GenerateDataKey")
    assert used == stack.resolve(key.key_arn)


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
            max_runtime=Duration.days(29),
            channels={"no spaces": TrainingInput(bucket, "x")},
            hyperparameters={"long": "x" * 2501},
        )
    assert [problem.removeprefix("Stack/TrainDefinition: ").split(", got")[0] for problem in refusal.value.lines] == [
        "instance_type must be a known value",
        "instance_count must be between 1 and 100",
        "volume_gib must be between 1 and 16384",
        "max_runtime in minutes must be between 1 and 40320",
        "channels must be named with letters, digits, . - _",
        "hyperparameters long may have at most 2500 characters",
    ]


def test_a_deployment_waits_for_an_hour_at_most(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _job(stack, key, bucket, max_runtime=Duration.hours(2))
    [line] = refusal.value.lines
    assert line == "Stack/Train: definition.max_runtime in minutes must be between 1 and 55, got: 120.0"


def test_spare_capacity_with_progress_kept(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(
        stack,
        key,
        bucket,
        max_runtime=Duration.minutes(10),
        spot=SpotTraining(Duration.minutes(30)),
        checkpoints=Checkpoints(bucket, "progress/"),
    )
    request = _request(stack)
    assert request["EnableManagedSpotTraining"] is True
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1800}
    assert request["CheckpointConfig"] == {"S3Uri": "s3://<token>/progress", "LocalPath": "/opt/ml/checkpoints"}
    role = str(Template.from_stack(stack).find_resources("AWS::IAM::Role"))
    assert role.count("/progress/*") >= 2


def test_options_of_the_container_and_its_channels(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    channel = TrainingInput(bucket, "rows", input_mode="FastFile", distribution="ShardedByS3Key", shuffle_seed=3)
    given: dict[str, Any] = {"environment": {"LEVEL": "debug"}, "network_isolation": False, "profiler": True}
    _job(stack, key, bucket, channels={"train": channel}, keep_alive=Duration.minutes(20), **given)
    request = _request(stack)
    [written] = request["InputDataConfig"]
    assert (written["InputMode"], written["ShuffleConfig"]) == ("FastFile", {"Seed": 3})
    assert written["DataSource"]["S3DataSource"]["S3DataDistributionType"] == "ShardedByS3Key"
    assert request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1200
    assert request["Environment"] == {"LEVEL": "debug"}
    assert request["EnableNetworkIsolation"] is False
    assert "ProfilerConfig" not in request


def test_channels_of_what_a_manifest_lists(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    listed = TrainingInput(bucket, "images/", manifest="lists/today.json")
    streamed = TrainingInput(
        bucket,
        "images/",
        manifest="lists/today.jsonl",
        attributes=["image-ref", "label"],
        input_mode="Pipe",
        record_wrapper="RecordIO",
    )
    _job(stack, key, bucket, channels={"listed": listed, "streamed": streamed})
    first, second = _request(stack)["InputDataConfig"]
    assert first["DataSource"]["S3DataSource"] == {
        "S3DataType": "ManifestFile",
        "S3Uri": "s3://<token>/lists/today.json",
        "S3DataDistributionType": "FullyReplicated",
    }
    assert (first["InputMode"], "RecordWrapperType" in first) == ("File", False)
    assert second["DataSource"]["S3DataSource"] == {
        "S3DataType": "AugmentedManifestFile",
        "S3Uri": "s3://<token>/lists/today.jsonl",
        "S3DataDistributionType": "FullyReplicated",
        "AttributeNames": ["image-ref", "label"],
    }
    assert (second["InputMode"], second["RecordWrapperType"]) == ("Pipe", "RecordIO")
    role = str(Template.from_stack(stack).find_resources("AWS::IAM::Role"))
    assert all(f"/{key}" in role for key in ("images/*", "lists/today.json", "lists/today.jsonl"))


def test_a_refused_channel_is_named_by_its_arguments(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    files = TrainingInput(bucket, "images", manifest="list", attributes=["a"], record_wrapper="RecordIO")
    with pytest.raises(InvalidInput) as refusal:
        _definition(stack, key, bucket, channels={"train": files})
    assert [line.partition(" is refused")[0] for line in refusal.value.lines] == [
        "Stack/Training: channels[0].input_mode",
        "Stack/Training: channels[0].record_wrapper",
    ]


def test_instances_of_several_types(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    groups = [TrainingGroup("gpu", "ml.p3.2xlarge"), TrainingGroup("cpu", "ml.c5.2xlarge", 2)]
    rows = TrainingInput(bucket, "rows", instance_groups=["cpu"])
    _job(stack, key, bucket, instance_type=None, instance_groups=groups, channels={"train": rows})
    request = _request(stack)
    assert request["ResourceConfig"] == {
        "InstanceGroups": [
            {"InstanceGroupName": "gpu", "InstanceType": "ml.p3.2xlarge", "InstanceCount": 1},
            {"InstanceGroupName": "cpu", "InstanceType": "ml.c5.2xlarge", "InstanceCount": 2},
        ],
        "VolumeSizeInGB": 10,
        "VolumeKmsKeyId": "<token>",
    }
    assert request["EnableInterContainerTrafficEncryption"] is True
    assert request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["InstanceGroupNames"] == ["cpu"]


def test_a_group_with_disks_of_its_own_takes_no_key(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    groups = [TrainingGroup("gpu", "ml.g5.xlarge"), TrainingGroup("cpu", "ml.c5.2xlarge")]
    _job(stack, key, bucket, instance_type=None, instance_groups=groups)
    assert "VolumeKmsKeyId" not in _request(stack)["ResourceConfig"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"instance_type": None}, "instance_type must be given where there are no instance_groups, got: none"),
        (
            {"instance_groups": [TrainingGroup("a", "ml.m5.large")]},
            "instance_groups take the place of instance_type and instance_count, got: ml.m5.large, 1",
        ),
        (
            {"instance_type": None, "instance_groups": [TrainingGroup("a", "ml.m5.larg", 0)]},
            "instance_groups[0].instance_type must be a known value, got: 'ml.m5.larg'",
        ),
        (
            {"instance_type": None, "instance_groups": [TrainingGroup(name, "ml.m5.large") for name in "abcdef"]},
            "instance_groups may hold at most 5 entries, got: 6",
        ),
    ],
)
def test_instances_are_one_type_or_groups(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, given: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _definition(stack, key, bucket, **given)
    assert refusal.value.lines[0].removeprefix("Stack/Training: ").startswith(problem)


def test_a_file_system_is_a_channel(stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement) -> None:
    rows = FileSystemInput("fs-0123456789abcdef0", "/abcdefgh/rows", kind="FSxLustre", writable=True)
    _job(stack, key, bucket, channels={"train": rows}, placement=placement)
    assert _request(stack)["InputDataConfig"] == [
        {
            "ChannelName": "train",
            "ContentType": "text/csv",
            "InputMode": "File",
            "DataSource": {
                "FileSystemDataSource": {
                    "FileSystemId": "fs-0123456789abcdef0",
                    "FileSystemType": "FSxLustre",
                    "FileSystemAccessMode": "rw",
                    "DirectoryPath": "/abcdefgh/rows",
                }
            },
        }
    ]


def test_a_file_system_has_its_identifier(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"channels\['train'\].file_system_id must be fs- and 8 to 18 .*'fs-1'"):
        _definition(stack, key, bucket, channels={"train": FileSystemInput("fs-1", "/rows")})


def test_the_profiler_is_off_by_default(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket)
    assert _request(stack)["ProfilerConfig"] == {"DisableProfiler": True}


def test_warm_pools_last_an_hour_at_most(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match=r"keep_alive is refused by AWS: Keep.* at most 3600, got: 3660"):
        _definition(stack, key, bucket, keep_alive=Duration.minutes(61))
