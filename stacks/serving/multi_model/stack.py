"""An endpoint with many models, and the role that publishes them."""

from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_control
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.multi_model import MultiModel
from stacks.foundation.stack import FoundationStack
from stacks.serving.common.hosted_endpoint import add_endpoint
from stacks.serving.multi_model.settings import MultiModelSettings
from stacks.serving.observation.observation import Observation
from stacks.training.trained_model import TrainedModel


class MultiModelStack(Stack):
    """Archives below ``models/``: whoever may take on the publisher's role adds one by uploading it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: MultiModelSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Serves many models from one endpoint")
        models = MultiModel(foundation.artifacts, caching=settings.caching)
        containers = [ModelContainer(trained.image, models=models)]
        model = Model(self, "Models", containers=containers, placement=foundation.placement)
        add_endpoint(self, model, settings=settings, foundation=foundation, observation=observation)
        CfnOutput(self, "ModelsPrefix", value=models.prefix)
        CfnOutput(self, "PublisherRole", value=self._publisher(models).role_arn)

    def _publisher(self, models: MultiModel) -> iam.IRole:
        role = iam.Role(
            self,
            "Publisher",
            description="Adds and retires models of the multi-model endpoint",
            assumed_by=cast(iam.IPrincipal, iam.AccountRootPrincipal()),
        )
        publisher = cast(iam.IRole, role)
        models.grant_publish(publisher)
        acknowledge_control(publisher, "IAMNoInlinePolicy", reason="The policy is assembled for this one role.")
        return publisher
