"""Models that come from a model package."""

from aws_cdk import CfnOutput, RemovalPolicy
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRole
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_package import ModelPackage
from stacks.serving.real_time.model_source import (
    ApprovedSourceSettings,
    ModelSource,
    PackageSourceSettings,
    RegisteredSourceSettings,
    TrainedSourceSettings,
)
from stacks.training.trained_model import PREFIX, TrainedModel

_MEDIA_TYPES = ["text/csv", "application/json", "application/jsonlines"]


def model_of(scope: Construct, source: ModelSource, trained: TrainedModel) -> Model:
    """The model ``Model`` that ``source`` names, in the platform's network and in network isolation."""
    match source:
        case TrainedSourceSettings():
            return trained.model(scope, "Model")
        case RegisteredSourceSettings():
            return _registered(scope, trained)
        case ApprovedSourceSettings():
            return _approved(scope, trained)
        case PackageSourceSettings():
            package = ModelPackage(
                source.arn,
                bucket=s3.Bucket.from_bucket_name(scope, "PackageBucket", source.bucket) if source.bucket else None,
                repository=ecr.Repository.from_repository_name(scope, "PackageRepository", source.repository)
                if source.repository
                else None,
            )
            return Model(scope, "Model", package=package, placement=trained.foundation.placement)


def _registered(scope: Construct, trained: TrainedModel) -> Model:
    """Each image and artifact becomes a version of its own; versions and their group outlive the stack.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
    """
    image, role = _image_and_role(scope, trained)
    group = sagemaker.CfnModelPackageGroup(
        scope,
        "PackageGroup",
        model_package_group_name=retained_name(scope),
        model_package_group_description="Models of the platform that were approved for its real-time endpoint",
    )
    version = sagemaker.CfnModelPackage(
        scope,
        "Package",
        model_package_group_name=group.ref,
        model_approval_status="Approved",
        inference_specification={
            "containers": [{"image": image, "modelDataUrl": trained.artifact_url(scope)}],
            "supportedContentTypes": _MEDIA_TYPES,
            "supportedResponseMimeTypes": _MEDIA_TYPES,
        },
    )
    # The group's Ref is its ARN, which the API takes for its name.
    for resource in (group, version):
        resource.apply_removal_policy(RemovalPolicy.RETAIN)
    CfnOutput(scope, "ModelPackage", value=version.attr_model_package_arn)
    package = ModelPackage(version.attr_model_package_arn, bucket=trained.foundation.artifacts, prefix=PREFIX)
    return Model(scope, "Model", package=package, role=role.role, placement=trained.foundation.placement)


def _approved(scope: Construct, trained: TrainedModel) -> Model:
    """What the pointer of the registry says when the stack is deployed."""
    _, role = _image_and_role(scope, trained)
    arn = ssm.StringParameter.value_for_string_parameter(scope, trained.approved.parameter)
    CfnOutput(scope, "ModelPackage", value=arn)
    package = ModelPackage(arn, bucket=trained.foundation.artifacts, prefix=PREFIX)
    return Model(scope, "Model", package=package, role=role.role, placement=trained.foundation.placement)


def _image_and_role(scope: Construct, trained: TrainedModel) -> tuple[str, ExecutionRole]:
    """The image of a package, which a model made of it does not name, and a role that may pull it."""
    grants = Grants()
    image = trained.image.bind(scope, grants)
    role = ExecutionRole(
        scope,
        "ModelRole",
        description="Runs the registered model",
        log_groups=["/aws/sagemaker/Endpoints/*"],
        grants=grants,
    )
    return image, role
