"""An endpoint that takes its requests from S3 and answers there."""

from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from stacks.foundation.stack import FoundationStack
from stacks.serving.asynchronous.settings import AsynchronousSettings
from stacks.serving.observation.observation import Observation
from stacks.training.trained_model import TrainedModel


class AsynchronousStack(Stack):
    """One model behind a queue, asleep while idle, with a topic for each outcome."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: AsynchronousSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Serves the model through S3")

        def topic(id: str) -> sns.ITopic:
            return cast(sns.ITopic, sns.Topic(self, id, master_key=foundation.key, enforce_ssl=True))

        done, failed = topic("Succeeded"), topic("Failed")
        model = trained.model(self, "Model")
        endpoint = AsyncEndpoint(
            self,
            "Endpoint",
            model=model,
            instance_type=settings.instance_type,
            instances=settings.instances.option(),
            output=foundation.data,
            encryption_key=foundation.key,
            on_success=done,
            on_error=failed,
            include_response=settings.include_response,
            concurrent_invocations=settings.concurrent_invocations,
            startup=settings.startup.option() if settings.startup else None,
            rollout=settings.rollout.option() if settings.rollout else None,
            log_retention_days=observation.log_retention_days,
        )
        endpoint.scale_on_backlog(per_instance=settings.backlog_per_instance)
        for schedule in settings.schedules:
            endpoint.scale_on_schedule(
                schedule.name,
                schedule=schedule.when,
                instances=schedule.instances,
                time_zone=schedule.time_zone,
            )
        observation.watch(self, endpoint)
        observation.judge(endpoint, settings.workload)
        CfnOutput(self, "InputPrefix", value=endpoint.paths.input)
        CfnOutput(self, "SuccessTopic", value=done.topic_arn)
        CfnOutput(self, "ErrorTopic", value=failed.topic_arn)
