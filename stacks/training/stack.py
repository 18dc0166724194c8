"""Trains the model once per change of its settings, and publishes where the artifact lies."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.tracking.mlflow_tracking import MlflowTracking
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_job import TrainingJob
from sagemaker_constructs.training.watch.training_watch import TrainingWatch
from stacks.foundation.stack import FoundationStack
from stacks.training.settings import LOSSES, TrainingSettings

METRICS = {
    "validation:accuracy": r"validation:accuracy=([0-9.]+)",
    "validation:auc": r"validation:auc=([0-9.]+)",
    "validation:rmse": r"validation:rmse=([0-9.]+)",
}


class TrainingStack(Stack):
    """A training job of ``containers/`` and the SSM parameter that hands its artifact on."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: TrainingSettings,
        tags: Mapping[str, str],
        foundation: FoundationStack,
        artifact_parameter: str,
        tracking: MlflowTracking | None,
        stack_name: str,
        env: Environment,
    ) -> None:
        super().__init__(scope, id, stack_name=stack_name, env=env, description="Trains the model of the platform")
        watch = None
        if settings.watch:
            given = settings.watch
            watch = TrainingWatch(self, "Watch", rules=given.rules(), stop=given.stop, notify=foundation.alarms)
        self.definition = TrainingDefinition(
            self,
            "Definition",
            image=ModelImage.from_directory(settings.image),
            output=foundation.artifacts,
            encryption_key=foundation.key,
            instance_type=settings.instance_type,
            instance_count=settings.instance_count,
            volume_gib=settings.volume_gib,
            hyperparameters=settings.hyperparameters,
            metric_definitions={**METRICS, **(LOSSES if watch else {})},
            placement=foundation.placement,
            max_runtime=minutes(settings.max_runtime_minutes),
            tags=tags,
            watch=watch,
            tracking=tracking,
            # Only a container with a network reaches MLflow.
            network_isolation=tracking is None,
        )
        job = TrainingJob(self, "Training", definition=self.definition)
        ssm.StringParameter(
            self,
            "ArtifactUrl",
            parameter_name=artifact_parameter,
            description="S3 URL of the model artifact that the serving stack deploys",
            string_value=job.artifact_url,
        )
        CfnOutput(self, "TrainingJobName", value=job.job_name)
        CfnOutput(self, "ModelArtifactUrl", value=job.artifact_url)
