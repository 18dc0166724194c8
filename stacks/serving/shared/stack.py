"""An endpoint whose instances several inference components share."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.components.shared_endpoint import SharedEndpoint
from stacks.foundation.stack import FoundationStack
from stacks.serving.observation.observation import Observation
from stacks.serving.shared.settings import ComponentSettings, SharedSettings
from stacks.training.trained_model import TrainedModel


class SharedStack(Stack):
    """Components with the model, each with copies that follow its own traffic."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: SharedSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(
            scope, id, stack_name=stack_name, description="Serves inference components on shared instances"
        )
        endpoint = SharedEndpoint(
            self,
            "Endpoint",
            instance_type=settings.instance_type,
            instances=settings.instances.option(),
            encryption_key=foundation.key,
            placement=foundation.placement,
            log_retention_days=observation.log_retention_days,
        )

        def component(chosen: ComponentSettings) -> InferenceComponent:
            added = InferenceComponent(
                self,
                chosen.name,
                endpoint=endpoint,
                container=trained.container(self),
                memory_mb=chosen.memory_mb,
                cpu_cores=chosen.cpu_cores,
                accelerators=chosen.accelerators,
                copies=chosen.copies.option(),
                startup=chosen.startup.option() if chosen.startup else None,
                log_retention_days=observation.log_retention_days,
            )
            added.scale_on_concurrency(per_copy=chosen.concurrency_per_copy)
            for schedule in chosen.schedules:
                added.scale_on_schedule(
                    schedule.name,
                    schedule=schedule.when,
                    copies=schedule.copies,
                    time_zone=schedule.time_zone,
                )
            return added

        components = [component(chosen) for chosen in settings.components]
        observation.watch(self, endpoint, *components)
        CfnOutput(self, "ComponentNames", value=",".join(added.component_name for added in components))
