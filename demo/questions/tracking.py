"""Tracking: the MLflow that the platform has."""

from demo.deployment import Answered, Deployment, Question

_APP = ":mlflow-app/"


def ask_the_tracking(deployed: Deployment) -> Answered:
    """What SageMaker says of the app or the server. MLflow itself is not started for it."""
    arn = deployed.outputs["TrackingArn"]
    name, status, artifacts = _described(deployed, arn)
    opens = f"CreatePresignedMlflow{'App' if _APP in arn else 'TrackingServer'}Url"
    told = f"{status.lower()}, with its artifacts in {artifacts}; {opens} opens its page"
    return Answered(kind="tracking", endpoint=name, asked="what its state is", answered=told)


def _described(deployed: Deployment, arn: str) -> tuple[str, str, str]:
    """Name, status and place of the artifacts.

    A server is named by the end of its ARN, an app by the ARN alone.
    """
    sagemaker = deployed.client("sagemaker")
    if _APP in arn:
        app = sagemaker.describe_mlflow_app(Arn=arn)
        return app["Name"], app["Status"], app["ArtifactStoreUri"]
    server = sagemaker.describe_mlflow_tracking_server(TrackingServerName=arn.rpartition("/")[2])
    return server["TrackingServerName"], server["TrackingServerStatus"], server["ArtifactStoreUri"]


QUESTIONS = (Question("tracking", "tracking", ask_the_tracking, needs="TrackingArn"),)
