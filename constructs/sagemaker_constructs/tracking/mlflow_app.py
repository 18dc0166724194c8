"""MLflow without a server of one's own."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.base_construct import depend
from sagemaker_constructs.tracking.imported_tracking import ImportedTracking
from sagemaker_constructs.tracking.owned_tracking import OwnedTracking


class MlflowApp(OwnedTracking):
    """A serverless MLflow: nothing of it is billed by the hour, its artifacts are billed as objects of S3.

    ``name`` defaults to one of the construct's path and the stack's identity. Another ``name`` or ``role`` replaces
    the app, and its runs stay with the one before. ``artifacts`` defaults to the stack's own ``EncryptedBucket``,
    where runs have ``artifact_prefix``. ``registers_models`` makes a model package of each model that is registered
    in MLflow. An app has one permission for every request, ``CallMlflowAppApi``: whoever may read may change.

    Provisions: one ``AWS::SageMaker::MlflowApp``, and an ``AWS::IAM::Role`` unless ``role`` is given.
    Raises ``InvalidInput`` for a region without such apps, and for a name that SageMaker refuses.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-mlflowapp.html
    """

    app: bool = True

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
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
            kind="MlflowApp",
            name=name,
            artifacts=artifacts,
            artifact_prefix=artifact_prefix,
            role=role,
            registers_models=registers_models,
            removal_policy=removal_policy,
        )
        self._resource = sagemaker.CfnMlflowApp(
            self,
            "Resource",
            name=self.name,
            artifact_store_uri=self._artifact_url,
            role_arn=self._execution_role.arn,
            model_registration_mode=f"AutoModelRegistration{'Enabled' if registers_models else 'Disabled'}",
        )
        self._resource.apply_removal_policy(removal_policy)
        depend(self._resource, *self._ready)

    @property
    def arn(self) -> str:
        """The app's ARN, which ends in an identifier that SageMaker draws."""
        return self._resource.ref

    @staticmethod
    def from_arn(
        scope: Construct, id: str, arn: str, *, artifacts: s3.IBucket, artifact_prefix: str = "mlflow"
    ) -> ImportedTracking:
        """The app ``arn``, which something else has made and which writes to ``artifacts``."""
        return ImportedTracking(scope, id, arn=arn, artifacts=artifacts, artifact_prefix=artifact_prefix, app=True)
