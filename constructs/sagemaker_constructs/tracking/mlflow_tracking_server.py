"""MLflow on a server that runs by the hour."""

from typing import Literal

from aws_cdk import Annotations, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.base_construct import depend
from sagemaker_constructs.tracking.imported_tracking import ImportedTracking
from sagemaker_constructs.tracking.owned_tracking import OwnedTracking

ServerSize = Literal["Small", "Medium", "Large"]


class MlflowTrackingServer(OwnedTracking):
    """An MLflow server of its own, billed for each hour until it is stopped, whether or not anybody uses it.

    ``MlflowApp`` has no such costs, where the region has it. A server is for regions without apps, and for
    permissions of single actions: there, whoever may read may not change.

    ``size`` is for up to 25 users (``Small``), 50 (``Medium``) or 100 (``Large``). ``name`` defaults to one of the
    construct's path and the stack's identity, and another one replaces the server; its runs stay with the one before,
    which is billed on. ``artifacts`` defaults to the stack's own ``EncryptedBucket``, where runs have
    ``artifact_prefix``. ``registers_models`` makes a model package of each model that is registered in MLflow.

    Provisions: one ``AWS::SageMaker::MlflowTrackingServer``, and an ``AWS::IAM::Role`` unless ``role`` is given.
    Warns of the costs, as ``sagemaker-constructs:billed-by-the-hour``.
    Raises ``InvalidInput`` for a region without such servers, and for a name that SageMaker refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-create-tracking-server.html
    """

    app: bool = False

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        size: ServerSize = "Small",
        name: str | None = None,
        artifacts: s3.IBucket | None = None,
        artifact_prefix: str = "mlflow",
        role: iam.IRole | None = None,
        registers_models: bool = False,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(
            scope,
            id,
            kind="MlflowTrackingServer",
            name=name,
            artifacts=artifacts,
            artifact_prefix=artifact_prefix,
            role=role,
            registers_models=registers_models,
            removal_policy=removal_policy,
        )
        self._resource = sagemaker.CfnMlflowTrackingServer(
            self,
            "Resource",
            tracking_server_name=self.name,
            tracking_server_size=size,
            artifact_store_uri=self._artifact_url,
            role_arn=self._execution_role.arn,
            automatic_model_registration=registers_models,
        )
        self._resource.apply_removal_policy(removal_policy)
        depend(self._resource, *self._ready)
        Annotations.of(self).add_warning_v2(
            "sagemaker-constructs:billed-by-the-hour",
            f"{self.path} is billed for each hour until StopMlflowTrackingServer, also while nobody uses it, and"
            " after its stack is deleted, as it is retained; an MlflowApp is not billed by the hour",
        )

    @property
    def arn(self) -> str:
        """The server's ARN."""
        return self._resource.attr_tracking_server_arn

    @staticmethod
    def from_arn(
        scope: Construct, id: str, arn: str, *, artifacts: s3.IBucket, artifact_prefix: str = "mlflow"
    ) -> ImportedTracking:
        """The server ``arn``, which something else has made and which writes to ``artifacts``."""
        return ImportedTracking(scope, id, arn=arn, artifacts=artifacts, artifact_prefix=artifact_prefix, app=False)
