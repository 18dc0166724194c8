"""An MLflow that something else has made."""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.tracking.mlflow_tracking import MlflowTracking


class ImportedTracking(MlflowTracking):
    """The MLflow ``arn``, whose artifacts are in ``artifacts`` below ``artifact_prefix``; ``app``: an app it is.

    ``MlflowApp.from_arn`` and ``MlflowTrackingServer.from_arn`` make it. Provisions nothing.
    Raises ``InvalidInput`` for the ARN of something else.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        artifacts: s3.IBucket,
        artifact_prefix: str,
        app: bool,
    ) -> None:
        super().__init__(scope, id)
        resource = "mlflow-app" if app else "mlflow-tracking-server"
        form = rf"arn:[^:]+:sagemaker:[^:]+:[0-9]{{12}}:{resource}/.+"
        reject(self, [matches("arn", arn, form, f"the ARN of an {resource}")])
        self._arn = arn
        self.artifacts: s3.IBucket = artifacts
        self.artifact_prefix: str = artifact_prefix.strip("/")
        self.app: bool = app

    @property
    def arn(self) -> str:
        """The ARN that was given."""
        return self._arn
