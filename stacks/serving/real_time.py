"""An endpoint that answers while the caller waits, and the REST API in front of it."""

from aws_cdk import CfnOutput, Duration, Stack
from constructs import Construct

from sagemaker_constructs.serving.data_capture import DataCapture
from sagemaker_constructs.serving.endpoint_alarms import EndpointAlarms
from sagemaker_constructs.serving.endpoint_dashboard import EndpointDashboard
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variant import Variant
from stacks.foundation import FoundationStack
from stacks.serving.front_door import add_front_door
from stacks.serving.rollouts import rollout_of
from stacks.serving.trained_model import TrainedModel
from stacks.settings.serving import RealTimeSettings


class RealTimeStack(Stack):
    """One model behind weighted variants."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: RealTimeSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
    ) -> None:
        super().__init__(scope, id, stack_name=stack_name, description="Serves the model in real time")
        model = trained.model(self, "Model")
        variants = [
            Variant(
                model,
                instance_type=variant.instance_type,
                instances=InstanceRange(variant.instances.minimum, variant.instances.maximum),
                name=variant.name,
                weight=variant.weight,
            )
            for variant in settings.variants
        ]
        capture = settings.capture
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=variants,
            encryption_key=foundation.key,
            capture=DataCapture(bucket=foundation.captured, percent=capture.percent, mode=capture.content)
            if capture
            else None,
            rollout=rollout_of(settings.rollout) if settings.rollout else None,
            latency_limit=Duration.millis(settings.latency_limit_milliseconds)
            if settings.latency_limit_milliseconds
            else None,
        )
        if settings.scaling:
            for variant in variants:
                endpoint.scale_on_invocations(
                    per_instance_per_minute=settings.scaling.invocations_per_instance_per_minute,
                    variant=variant.name,
                )
        EndpointAlarms(self, "Alarms", watched=[endpoint], topic=foundation.alarms)
        EndpointDashboard(self, "Dashboard", endpoint=endpoint)
        CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)
        if settings.front_door:
            add_front_door(self, settings.front_door, endpoint=endpoint, encryption_key=foundation.key)
