from typing import Any

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.jobs import StartedJob
from sagemaker_constructs.training import TrainingDefinition


def _definition(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> TrainingDefinition:
    return TrainingDefinition(
        stack,
        "Training",
        image=ModelImage.from_directory("tests/unit/image"),
        output=bucket,
        encryption_key=key,
        instance_type="ml.m5.large",
        max_runtime=Duration.days(2),
    )


def _job(stack: Stack, key: kms.IKey, bucket: s3.IBucket, **given: Any) -> StartedJob:
    arguments: dict[str, Any] = {"parameter_name": "/platform/dev/training", **given}
    return StartedJob(stack, "Job", definition=_definition(stack, key, bucket), **arguments)


def test_the_results_of_a_job_of_days_are_parameters(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket)
    template = Template.from_stack(stack)
    found = template.find_resources("AWS::SSM::Parameter").values()
    assert {each["Properties"]["Name"]: each["Properties"]["Value"] for each in found} == {
        "/platform/dev/training/status": "{}",
        "/platform/dev/training/Arn": "none",
        "/platform/dev/training/ModelArtifactUrl": "none",
    }


def test_what_follows_the_job_is_there_before_it_starts(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket)
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerTrainingJob").values()
    needed = {
        name
        for kind in ("AWS::SSM::Parameter", "AWS::Events::Rule", "AWS::Lambda::EventSourceMapping")
        for name in template.find_resources(kind)
    }
    assert needed <= set(job["DependsOn"])
    [prefix] = [job["Properties"]["NamePrefix"]]
    pattern = {"detail": {"TrainingJobName": [{"prefix": f"{prefix}-"}]}}
    template.has_resource_properties("AWS::Events::Rule", {"EventPattern": Match.object_like(pattern)})


def test_it_writes_its_own_parameters_alone(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    _job(stack, key, bucket)
    writing = allowed(statements(stack, "JobWriterRole"), "ssm:PutParameter")
    assert len(writing) == 3
    assert "*" not in str(writing)


def test_another_stack_reads_what_is_there_when_it_is_deployed() -> None:
    app = App()
    where = Environment(account="123456789012", region="us-east-1")
    training, serving = Stack(app, "Training", env=where), Stack(app, "Serving", env=where)
    key, bucket = kms.Key(training, "Key"), s3.Bucket(training, "Bucket")
    job = _job(training, key, bucket)  # pyright: ignore[reportArgumentType]
    job.result(serving, "ModelArtifactUrl")
    assert training in serving.dependencies
    found = Template.from_stack(serving).find_parameters("*", {"Type": "AWS::SSM::Parameter::Value<String>"})
    assert "/platform/dev/training/ModelArtifactUrl" in [each["Default"] for each in found.values()]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("platform", "a path such as"), ("/aws/training", "aws"), ("/a b", "a path such as")],
)
def test_a_name_that_is_refused_is_named(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, name: str, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        _job(stack, key, bucket, parameter_name=name)


def test_an_attribute_that_no_such_job_has_is_refused(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="must be one of Arn, ModelArtifactUrl, got: 'Artifact'"):
        _job(stack, key, bucket).result(Stack(App(), "Other"), "Artifact")


def test_the_jobs_own_stack_cannot_read_its_result(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    with pytest.raises(InvalidInput, match="scope must be in another stack than the job"):
        _job(stack, key, bucket).result(stack, "ModelArtifactUrl")
