"""An endpoint without instances."""

from aws_cdk import Stack
from constructs import Construct

from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from stacks.foundation.stack import FoundationStack
from stacks.serving.front_door.rest_api import add_front_door
from stacks.serving.observation.observation import Observation
from stacks.serving.serverless.settings import ServerlessSettings
from stacks.training.trained_model import TrainedModel


class ServerlessStack(Stack):
    """One model that is paid per request."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: ServerlessSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Serves the model without instances")
        warm = settings.provisioned
        endpoint = ServerlessEndpoint(
            self,
            "Endpoint",
            model=trained.model_without_network(self, "Model"),
            memory_mb=settings.memory_gb * 1024,
            maximum_concurrency=settings.maximum_concurrency,
            provisioned=warm.option() if warm else None,
            log_retention_days=observation.log_retention_days,
        )
        if warm and warm.minimum < warm.maximum:
            endpoint.scale_on_utilization(percent=warm.utilization_percent)
        for schedule in warm.schedules if warm else ():
            endpoint.scale_on_schedule(
                schedule.name,
                schedule=schedule.when,
                concurrency=schedule.concurrency,
                time_zone=schedule.time_zone,
            )
        observation.watch(self, endpoint)
        observation.judge(endpoint, settings.workload)
        if settings.front_door:
            add_front_door(self, settings.front_door, endpoint=endpoint, encryption_key=foundation.key)
