"""Tasks, databases and listeners of a server that break a rule."""

from collections.abc import Callable
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.labeling import (
    DatabaseCapacity,
    LabelingInput,
    LabelingPeople,
    LabelingTask,
    LabelStudioEntrance,
    LabelStudioProject,
    LabelStudioServer,
    LabelStudioSize,
)

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000"
_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/label-studio:1"


def server(stack: Stack, *, entrance: dict[str, Any] | None = None, **given: Any) -> LabelStudioServer:
    """A server with one project of images, and an image that is there already."""
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "example-sagemaker-data")
    names: dict[str, Any] = {
        "domain_name": "labels.example.com",
        "certificate": acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        "cidrs": ["192.0.2.0/24"],
        **(entrance or {}),
    }
    project = LabelStudioProject(
        stack,
        "Digits",
        task=LabelingTask("ImageMultiClass", title="Which digit?", labels=["0", "1"]),
        input=LabelingInput(bucket, "digits/images"),
        output=bucket,
        people_per_object=2,
    )
    arguments: dict[str, Any] = {
        "projects": [project],
        "people": LabelingPeople(stack, "People"),
        "entrance": LabelStudioEntrance(**names),
        "vpc": vpc(stack),
        "image": ModelImage.from_uri(_IMAGE),
        **given,
    }
    return LabelStudioServer(stack, "Studio", **arguments)


def vpc(stack: Stack, *, private: int = 2) -> ec2.IVpc:
    """A VPC with two public subnets and as many ``private`` ones."""
    return ec2.Vpc.from_vpc_attributes(
        stack,
        f"Vpc{private}",
        vpc_id="vpc-0a1b2c3d",
        availability_zones=["us-east-1a", "us-east-1b"][: private or 2],
        public_subnet_ids=["subnet-1a1b2c3d", "subnet-1a1b2c3e"][: private or 2],
        private_subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"][:private] or None,
    )


def _task(cpu: str, memory: str) -> Request:
    return {"requiresCompatibilities": ["FARGATE"], "cpu": cpu, "memory": memory}


def _scaled(**members: Any) -> Request:
    return {"ServerlessV2ScalingConfiguration": members}


def _signed_on(seconds: int) -> Request:
    return {"DefaultActions": [{"AuthenticateCognitoConfig": {"SessionTimeout": seconds}}]}


def _served(**given: Any) -> Callable[[Stack], LabelStudioServer]:
    return lambda stack: server(stack, **given)


CASES = {
    "fargate-tasks-have-some-sizes": RuleCase(
        refused=_task("512", "8192"), taken=_task("512", "4096"), synth=_served(size=LabelStudioSize(0.5, 8192))
    ),
    "serverless-databases-scale-in-half-units": RuleCase(
        refused=_scaled(MinCapacity=0, MaxCapacity=0.5),
        taken=_scaled(MinCapacity=0.5, MaxCapacity=1),
        synth=_served(database_capacity=DatabaseCapacity(least=4, most=2)),
    ),
    "databases-pause-after-five-minutes": RuleCase(
        refused=_scaled(SecondsUntilAutoPause=299),
        taken=_scaled(SecondsUntilAutoPause=300),
        synth=_served(database_capacity=DatabaseCapacity(pause_after=Duration.minutes(4))),
    ),
    "backups-of-databases-are-kept-for-five-weeks": RuleCase(
        refused={"BackupRetentionPeriod": 0}, taken={"BackupRetentionPeriod": 35}, synth=_served(backup_days=36)
    ),
    "sign-on-lasts-a-week": RuleCase(
        refused=_signed_on(604_801),
        taken=_signed_on(604_800),
        synth=_served(entrance={"session": Duration.days(8)}),
    ),
}
