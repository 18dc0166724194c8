"""An endpoint with a variant that answers, and one in its shadow."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant
from stacks.foundation.stack import FoundationStack
from stacks.serving.observation.observation import Observation
from stacks.serving.shadow_test.settings import ShadowTestSettings
from stacks.training.trained_model import TrainedModel


class ShadowTestStack(Stack):
    """The model twice: ``Live`` answers, ``Shadow`` gets copies of the requests."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: ShadowTestSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Tests the model in the shadow of another")
        model = trained.model(self, "Model")
        instances = InstanceRange(settings.instances)
        live = Variant(model, instance_type=settings.instance_type, instances=instances, name="Live")
        # The ratio of the weights is the share of the requests that is copied.
        shadow = Variant(
            model,
            instance_type=settings.instance_type,
            instances=instances,
            name="Shadow",
            weight=settings.percent / 100,
        )
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=[live],
            shadow=[shadow],
            encryption_key=foundation.key,
            log_retention_days=observation.log_retention_days,
        )
        observation.watch(self, endpoint)
        CfnOutput(self, "ShadowVariant", value=shadow.name)
