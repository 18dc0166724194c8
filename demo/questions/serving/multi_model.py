"""The multi-model endpoint: models are added by uploading them."""

from botocore.exceptions import ClientError

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure
from demo.held_out import right


def ask_by_name(deployed: Deployment) -> Answered:
    """Publish a model and ask it, publish another beside it and ask that; a name without a model is refused."""
    url = deployed.account.output("training", "ModelArtifactUrl")
    archive = deployed.wait_for(f"the archive {url}", lambda: deployed.read(url))
    _publish(deployed, "first.tar.gz", archive)
    first, _ = deployed.predict(deployed.rows, TargetModel="first.tar.gz")
    if not _refused(deployed, "second.tar.gz"):
        raise DemoFailure("the multi-model endpoint answered for a model that was not there")
    _publish(deployed, "second.tar.gz", archive)
    second, _ = deployed.predict(deployed.rows, TargetModel="second.tar.gz")
    return Answered(
        kind="multi-model",
        endpoint=deployed.endpoint,
        asked=f"{len(first)} rows of first.tar.gz; of second.tar.gz before and after its upload",
        answered=f"{right(first)}; refused, then {right(second)}",
        answers=second,
    )


def _publish(deployed: Deployment, name: str, archive: bytes) -> None:
    """Upload as whoever has the publisher's role, which may write below the prefix of the models only."""
    session = deployed.client("sts").assume_role(
        RoleArn=deployed.outputs["PublisherRole"], RoleSessionName="demo-publisher"
    )["Credentials"]
    publisher = deployed.account.client(
        "s3",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    bucket = deployed.account.output("foundation", "ArtifactsBucket")
    publisher.put_object(Bucket=bucket, Key=f"{deployed.outputs['ModelsPrefix']}/{name}", Body=archive)


def _refused(deployed: Deployment, name: str) -> bool:
    try:
        deployed.predict(deployed.rows[:1], TargetModel=name)
    except ClientError as error:
        return "ValidationError" in str(error)
    return False


QUESTIONS = (Question("multi-model", "multi-model", ask_by_name),)
