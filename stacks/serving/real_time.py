"""An endpoint that answers while the caller waits, and the REST API in front of it."""

from aws_cdk import Duration, Stack
from constructs import Construct

from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.variant import Variant
from stacks.foundation import FoundationStack
from stacks.serving.front_door import add_front_door
from stacks.serving.observation import Observation
from stacks.serving.packaged_model import model_of
from stacks.serving.rollouts import rollout_of
from stacks.serving.scaling import add_scaling
from stacks.serving.startups import startup_of
from stacks.serving.trained_model import TrainedModel
from stacks.serving.workload import check_workload
from stacks.settings.real_time import CaptureSettings, RealTimeSettings


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
        observation: Observation,
        stack_name: str,
    ) -> None:
        super().__init__(scope, id, stack_name=stack_name, description="Serves the model in real time")
        model = model_of(self, settings.model, trained)
        variants = [
            Variant(
                model,
                instance_type=variant.instance_type,
                instances=InstanceRange(variant.instances.minimum, variant.instances.maximum),
                name=variant.name,
                weight=variant.weight,
                routing=variant.routing,
                volume_size_gb=variant.volume_gb,
                startup=startup_of(variant.startup),
            )
            for variant in settings.variants
        ]
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=variants,
            encryption_key=foundation.key,
            capture=_capture(settings.capture, foundation) if settings.capture else None,
            rollout=rollout_of(settings.rollout),
            log_retention_days=observation.log_retention_days,
            latency_limit=Duration.millis(settings.latency_limit_milliseconds)
            if settings.latency_limit_milliseconds
            else None,
        )
        add_scaling(endpoint, settings.scaling)
        observation.watch(self, endpoint)
        check_workload(endpoint, settings.workload)
        if settings.front_door:
            add_front_door(self, settings.front_door, endpoint=endpoint, encryption_key=foundation.key)


def _capture(chosen: CaptureSettings, foundation: FoundationStack) -> DataCapture:
    return DataCapture(
        bucket=foundation.captured,
        percent=chosen.percent,
        mode=chosen.content,
        csv_content_types=chosen.csv_content_types,
        json_content_types=chosen.json_content_types,
    )
