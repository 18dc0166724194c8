"""What an MLflow of SageMaker offers, whether it is an app or a server, ours or imported."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.storage.object_access import grant_read_objects, grant_write_objects

_LOGGED = (
    "CreateExperiment",
    "CreateRun",
    "GetExperiment",
    "GetExperimentByName",
    "GetRun",
    "LogBatch",
    "LogInputs",
    "LogMetric",
    "LogParam",
    "SetTag",
    "UpdateRun",
)
_READ = (
    "GetExperiment",
    "GetExperimentByName",
    "GetMetricHistory",
    "GetRun",
    "ListArtifacts",
    "SearchExperiments",
    "SearchRuns",
)


class MlflowTracking(BaseConstruct):
    """An MLflow that jobs track their runs in, by its ``arn``; pass it to a definition as ``tracking``.

    Clients write artifacts into ``artifacts`` themselves, below ``artifact_prefix``: the grants hold that too.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow.html
    """

    app: bool
    """Whether it is an app, and not a server."""
    artifacts: s3.IBucket
    artifact_prefix: str

    @property
    @abstractmethod
    def arn(self) -> str:
        """What MLflow clients take as their tracking URI, with the plug-in ``sagemaker-mlflow``."""

    def log_grants(self) -> Grants:
        """What it takes to make experiments and runs, and to add to them."""
        grants = self._grants(_LOGGED)
        grant_write_objects(self.artifacts, grants, f"{self.artifact_prefix}/*")
        return grants

    def read_grants(self) -> Grants:
        """What it takes to find and read experiments, runs and their artifacts."""
        grants = self._grants(_READ)
        grant_read_objects(self.artifacts, grants, f"{self.artifact_prefix}/*")
        return grants

    def grant_log(self, role: iam.IRole) -> None:
        """Let ``role`` make experiments and runs, and add to them."""
        give(role, self.log_grants())

    def grant_read(self, role: iam.IRole) -> None:
        """Let ``role`` find and read experiments, runs and their artifacts."""
        give(role, self.read_grants())

    def grant_open(self, role: iam.IRole) -> None:
        """Let ``role`` open MLflow's page in a browser, and read there."""
        grants = self._grants(("AccessUI", *_READ))
        kind = "App" if self.app else "TrackingServer"
        grants.allow(f"sagemaker:CreatePresignedMlflow{kind}Url", on=self.arn)
        give(role, grants)

    def environment(self, experiment: str) -> Mapping[str, str]:
        """The variables by which MLflow's client, and the images of this library, find it."""
        return {"MLFLOW_TRACKING_URI": self.arn, "MLFLOW_EXPERIMENT_NAME": experiment}

    def _grants(self, actions: Sequence[str]) -> Grants:
        grants = Grants()
        # Without it, an app refuses whatever the others allow.
        call = ("sagemaker:CallMlflowAppApi",) if self.app else ()
        grants.allow(*call, *(f"sagemaker-mlflow:{action}" for action in actions), on=self.arn)
        return grants
