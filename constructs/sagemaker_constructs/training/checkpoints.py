"""Where a training job keeps its progress."""

from dataclasses import dataclass

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_write_objects


@dataclass(frozen=True)
class Checkpoints:
    """What the container writes to ``local_path`` is copied to ``prefix`` in ``bucket`` while the job runs.

    The next job with the same prefix finds it there when it starts: an interrupted one goes on where it was.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
    """

    bucket: s3.IBucket
    prefix: str
    local_path: str = "/opt/ml/checkpoints"

    def grant(self, grants: Grants) -> None:
        """Allow reading and writing them."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")
        grant_write_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    def request(self) -> dict[str, object]:
        """The API's ``CheckpointConfig``."""
        return {"S3Uri": bucket_facts(self.bucket).url(self.prefix.strip("/")), "LocalPath": self.local_path}
