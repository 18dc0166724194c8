"""Serves the model whose artifact the training stack has published."""

from typing import cast

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.serving.data_capture import DataCapture
from sagemaker_constructs.serving.instance_range import InstanceRange
from sagemaker_constructs.serving.model import Model
from sagemaker_constructs.serving.model_artifact import ModelArtifact
from sagemaker_constructs.serving.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variant import Variant
from stacks.foundation import FoundationStack
from stacks.settings import PlatformSettings


class ServingStack(Stack):
    """One model behind one real-time endpoint."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: PlatformSettings,
        foundation: FoundationStack,
        artifact_parameter: str,
        stack_name: str,
        env: Environment,
    ) -> None:
        super().__init__(scope, id, stack_name=stack_name, env=env, description="Serves the model of the platform")
        serving = settings.serving
        model = Model(
            self,
            "Model",
            image=ModelImage.from_directory(serving.image),
            artifact=ModelArtifact.from_url(
                ssm.StringParameter.value_for_string_parameter(self, artifact_parameter),
                bucket=foundation.artifacts,
                prefix="training",
            ),
            placement=foundation.placement,
        )
        endpoint = RealTimeEndpoint(
            self,
            "Endpoint",
            variants=[
                Variant(
                    model,
                    instance_type=variant.instance_type,
                    instances=InstanceRange(variant.instances.minimum, variant.instances.maximum),
                    name=variant.name,
                    weight=variant.weight,
                )
                for variant in serving.variants
            ],
            encryption_key=foundation.key,
            capture=DataCapture(bucket=foundation.captured, percent=serving.capture.percent)
            if serving.capture
            else None,
        )
        if serving.scaling:
            for variant in serving.variants:
                endpoint.scale_on_invocations(
                    per_instance_per_minute=serving.scaling.invocations_per_instance_per_minute,
                    variant=variant.name,
                )
        for alarm in endpoint.alarms:
            alarm.add_alarm_action(cast(cloudwatch.IAlarmAction, actions.SnsAction(foundation.alarms)))
        CfnOutput(self, "EndpointName", value=endpoint.endpoint_name)
