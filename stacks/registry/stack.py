"""The registry of models, and what follows an approval."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.registry.approved_model import ApprovedModel
from sagemaker_constructs.registry.model_package_group import ModelPackageGroup
from sagemaker_constructs.registry.model_package_version import ModelPackageVersion
from stacks.foundation.stack import FoundationStack
from stacks.registry.settings import RegistrySettings
from stacks.training.trained_model import PREFIX, TrainedModel


class RegistryStack(Stack):
    """A group, whose first version is what the platform's training has left."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: RegistrySettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Registers models, and deploys approved ones")
        group = ModelPackageGroup(self, "Group", description="Models of the platform")
        if settings.shared_with:
            group.share_with(settings.shared_with, artifacts=foundation.artifacts, prefix=PREFIX)
        first = ModelPackageVersion(self, "First", group=group, container=trained.container(self))
        approved = ApprovedModel(
            self,
            "Approved",
            group=group,
            parameter_name=trained.approved.parameter,
            first=first.arn,
            stacks=trained.approved.followers,
            stage=settings.stage,
            notify=foundation.alarms,
        )
        ssm.StringParameter(
            self,
            "GroupName",
            parameter_name=trained.approved.group_parameter,
            description="The model package group that pipelines register in",
            string_value=group.name,
        )
        CfnOutput(self, "ModelPackageGroup", value=group.name)
        CfnOutput(self, "ApprovedParameter", value=approved.parameter_name)
        CfnOutput(self, "ApprovalTable", value=approved.table_name)
