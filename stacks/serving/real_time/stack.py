"""An endpoint that answers while the caller waits, and the REST API in front of it."""

from aws_cdk import Stack
from constructs import Construct

from sagemaker_constructs.observability.watchable import Watchable
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variants.startup import Startup
from sagemaker_constructs.serving.variants.variant import Variant
from stacks.foundation.stack import FoundationStack
from stacks.serving.common.autoscaling import add_scaling
from stacks.serving.front_door.rest_api import add_front_door
from stacks.serving.observation.observation import Observation
from stacks.serving.real_time.packaged_model import model_of
from stacks.serving.real_time.settings import CaptureSettings, RealTimeSettings
from stacks.training.trained_model import TrainedModel


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
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Serves the model in real time")
        model = model_of(self, settings.model, trained)
        variants = [
            Variant(
                model,
                instance_type=variant.instance_type,
                instances=variant.instances.option(),
                name=variant.name,
                weight=variant.weight,
                routing=variant.routing,
                volume_size_gb=variant.volume_gb,
                startup=variant.startup.option() if variant.startup else Startup(),
                inference_ami=variant.inference_ami,
            )
            for variant in settings.variants
        ]
        capture = _capture(settings.capture, foundation) if settings.capture else None
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=variants,
            encryption_key=foundation.key,
            capture=capture,
            rollout=settings.rollout.option() if settings.rollout else None,
            log_retention_days=observation.log_retention_days,
            latency_limit=settings.latency_limit(),
        )
        add_scaling(endpoint, settings.scaling)
        watched: list[Watchable] = []
        if settings.monitoring and capture:
            # Loads what only a platform with this section needs.
            from stacks.serving.monitoring.monitor import add_monitor

            watched.append(
                add_monitor(self, settings.monitoring, endpoint=endpoint, capture=capture, foundation=foundation)
            )
        if settings.model_monitor and capture:
            from stacks.serving.monitoring.model_monitor import add_model_monitor

            watched.append(
                add_model_monitor(
                    self, settings.model_monitor, endpoint=endpoint, capture=capture, foundation=foundation
                )
            )
        observation.watch(self, endpoint, *watched)
        observation.judge(endpoint, settings.workload)
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
