"""SageMaker's MLflow, for people and for the platform's training."""

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from constructs import Construct

from sagemaker_constructs.tracking.mlflow_app import MlflowApp
from sagemaker_constructs.tracking.mlflow_tracking import MlflowTracking
from sagemaker_constructs.tracking.mlflow_tracking_server import MlflowTrackingServer
from stacks.foundation.stack import FoundationStack
from stacks.tracking.settings import TrackingSettings


class TrackingStack(Stack):
    """An app or a server, whose runs are retained like the platform's other data."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: TrackingSettings,
        foundation: FoundationStack,
        retain: bool,
        stack_name: str,
        env: Environment,
    ) -> None:
        super().__init__(
            scope, id, stack_name=stack_name, env=env, description="Keeps the runs of trainings in MLflow"
        )
        make = MlflowApp if settings.kind == "app" else MlflowTrackingServer
        removal = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if retain else RemovalPolicy.DESTROY
        tracking = make(self, "Runs", artifacts=foundation.artifacts, removal_policy=removal)
        self.trainings: MlflowTracking | None = tracking if settings.trainings else None
        CfnOutput(self, "TrackingArn", value=tracking.arn)
