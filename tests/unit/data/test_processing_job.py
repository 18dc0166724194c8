"""Processing: what reaches the request, what its role may do, and what is refused."""

import json
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.data import ProcessingDefinition, ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement

ARN = "arn:aws:iam::123456789012:role/r"


def _definition(stack: Stack, key: kms.IKey, **given: Any) -> ProcessingDefinition:
    arguments: dict[str, Any] = {"instance_type": "ml.m5.large", **given}
    image = ModelImage.from_directory("tests/unit/image")
    return ProcessingDefinition(stack, "Processing", image=image, encryption_key=key, **arguments)


def _request(stack: Stack, definition: ProcessingDefinition) -> dict[str, Any]:
    ProcessingJob(stack, "Process", definition=definition)
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerProcessingJob").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    request = json.loads("".join(part if isinstance(part, str) else ARN for part in parts))
    shape = cast(Any, service_model()).operation_model("CreateProcessingJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate({"ProcessingJobName": "job", **request}, shape)
    assert not report.has_errors(), report.generate_report()
    return request


def test_defaults(stack: Stack, key: kms.IKey) -> None:
    request = _request(stack, _definition(stack, key))
    assert request["ProcessingResources"]["ClusterConfig"].keys() == {
        "InstanceType",
        "InstanceCount",
        "VolumeSizeInGB",
        "VolumeKmsKeyId",
    }
    assert request["NetworkConfig"] == {
        "EnableInterContainerTrafficEncryption": False,
        "EnableNetworkIsolation": True,
    }
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 3000}
    assert request["AppSpecification"].keys() == {"ImageUri"}
    assert not {"ProcessingInputs", "ProcessingOutputConfig", "Environment"} & request.keys()


def test_everything_given_reaches_the_request(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, placement: VpcPlacement
) -> None:
    definition = _definition(
        stack,
        key,
        instance_type="ml.g5.xlarge",
        instance_count=2,
        volume_gib=50,
        inputs={"rows": ProcessingInput(bucket, "raw/", "ShardedByS3Key")},
        outputs={"train": ProcessingOutput(bucket, "prepared")},
        entrypoint=["python", "-m", "prepare"],
        arguments=["--share", "0.2"],
        environment={"LEVEL": "debug"},
        placement=placement,
        network_isolation=False,
        max_runtime=Duration.minutes(5),
        tags={"team": "risk"},
    )
    request = _request(stack, definition)
    [rows] = request["ProcessingInputs"]
    assert rows["S3Input"]["S3Uri"].endswith("/raw")
    assert rows["S3Input"]["LocalPath"] == "/opt/ml/processing/input/rows"
    assert rows["S3Input"]["S3DataDistributionType"] == "ShardedByS3Key"
    [train] = request["ProcessingOutputConfig"]["Outputs"]
    assert train["S3Output"]["LocalPath"] == "/opt/ml/processing/output/train"
    assert "KmsKeyId" in request["ProcessingOutputConfig"]
    assert request["AppSpecification"]["ContainerEntrypoint"] == ["python", "-m", "prepare"]
    assert request["AppSpecification"]["ContainerArguments"] == ["--share", "0.2"]
    assert "VolumeKmsKeyId" not in request["ProcessingResources"]["ClusterConfig"]
    assert request["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
    assert request["NetworkConfig"]["VpcConfig"]["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert request["Environment"] == {"LEVEL": "debug"}
    assert request["Tags"] == [{"Key": "team", "Value": "risk"}]


def test_the_role_reads_inputs_and_writes_outputs(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    given: dict[str, Any] = {
        "inputs": {"rows": ProcessingInput(bucket, "raw")},
        "outputs": {"train": ProcessingOutput(bucket, "prepared")},
    }
    _definition(stack, key, **given)
    [role] = Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
    statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    for action, prefix in (("s3:GetObject", "/raw/*"), ("s3:PutObject", "/prepared/*")):
        [found] = [each for each in statements if action in each["Action"]]
        assert prefix in json.dumps(found["Resource"])


def test_the_role_encrypts_results_with_the_job_s_key_in_a_bucket_of_another(stack: Stack, key: kms.IKey) -> None:
    other = s3.Bucket.from_bucket_name(stack, "Other", "rows-of-others")
    _definition(stack, key, outputs={"train": ProcessingOutput(other, "prepared")})
    [used] = allowed(statements(stack, "ProcessingExecutionRole"), "kms:GenerateDataKey")
    assert used == stack.resolve(key.key_arn)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"instance_type": "ml.m5.lage"}, "did you mean ml.m5.large"),
        ({"instance_count": 0}, "instance_count must be between 1 and 100, got: 0"),
        ({"max_runtime": Duration.days(10)}, "max_runtime in minutes must be between 1 and 12960"),
        ({"arguments": ["x"] * 101}, "arguments may hold at most 100 entries, got: 101"),
    ],
)
def test_refusals(stack: Stack, key: kms.IKey, given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _definition(stack, key, **given)
    assert words in str(refused.value)


def test_a_long_job_is_not_for_a_deployment(stack: Stack, key: kms.IKey) -> None:
    definition = _definition(stack, key, max_runtime=Duration.hours(2))
    with pytest.raises(InvalidInput, match=r"definition.max_runtime in minutes must be between 1 and 55"):
        ProcessingJob(stack, "Process", definition=definition)
