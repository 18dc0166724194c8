"""Tags for all resources that can have them."""

from collections.abc import Mapping

from aws_cdk import Tags
from constructs import IConstruct

UNTAGGED = (
    "AWS::Batch::ComputeEnvironment",
    "AWS::SageMaker::DataQualityJobDefinition",
    "AWS::SageMaker::FeatureGroup",
    "AWS::SageMaker::ModelBiasJobDefinition",
    "AWS::SageMaker::ModelExplainabilityJobDefinition",
    "AWS::SageMaker::ModelPackage",
    "AWS::SageMaker::ModelQualityJobDefinition",
    "AWS::SageMaker::ProcessingJob",
    "AWS::SageMaker::Project",
    "AWS::SageMaker::StudioLifecycleConfig",
)
"""A version of a model package group takes no tags; a changed tag replaces the others, as their schemas say."""


def add_tags(scope: IConstruct, tags: Mapping[str, str]) -> None:
    """Tag ``scope`` and all that is in it, except for types that take no tags or that a changed tag would replace.

    Give tags to an app this way, and not as ``tags`` of a ``Stack``: CloudFormation hands those to every resource of
    the stack, and versions of model packages then fail.

    See https://docs.aws.amazon.com/cdk/v2/guide/tagging.html and https://github.com/aws/aws-cdk/issues/33699
    """
    manager = Tags.of(scope)
    for key, value in tags.items():
        manager.add(key, value, exclude_resource_types=list(UNTAGGED))
