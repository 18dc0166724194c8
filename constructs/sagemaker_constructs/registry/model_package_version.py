"""A version that its own stack registers."""

from collections.abc import Sequence
from typing import Literal

from aws_cdk import RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, reject, within
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.registry.model_package_group import ModelPackageGroup

Approval = Literal["Approved", "PendingManualApproval", "Rejected"]

DEPLOYED_BY_STACK = "deployed-by-stack"
"""The customer metadata by which ``ApprovedModel`` tells a version that a stack deploys itself."""


class ModelPackageVersion(BaseConstruct):
    """``container`` as the next version of ``group``; another image or artifact becomes another version.

    Versions are retained, as their group is, but not when the deployment that makes them fails.

    ``approval`` defaults to approved: what a stack registers is what its team has reviewed.
    ``content_types`` are the media types of requests and answers.

    Provisions: one ``AWS::SageMaker::ModelPackage``, without tags, which SageMaker refuses for versions.
    Raises ``InvalidInput`` for a container without an artifact, which a package cannot be made of.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-version.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        group: ModelPackageGroup,
        container: ModelContainer,
        approval: Approval = "Approved",
        content_types: Sequence[str] = ("text/csv", "application/json", "application/jsonlines"),
    ) -> None:
        super().__init__(scope, id)
        missing = None if container.artifact else Problem("container", "must have an artifact to be registered")
        reject(self, [missing, *within("container", container.problems())])
        self.grants: Grants = Grants()
        definition = container.bind(self, self.grants)
        resource = sagemaker.CfnModelPackage(
            self,
            "Resource",
            model_package_group_name=group.arn,
            model_approval_status=approval,
            customer_metadata_properties={DEPLOYED_BY_STACK: self.location.stack_name},
            inference_specification={
                "containers": [definition],
                "supportedContentTypes": list(content_types),
                "supportedResponseMimeTypes": list(content_types),
            },
        )
        # As the group: a group with a version in it could not be deleted when the deployment that makes both fails.
        resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.arn: str = resource.attr_model_package_arn
