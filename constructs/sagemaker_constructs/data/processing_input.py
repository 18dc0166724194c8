"""What a processing job reads."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class ProcessingInput:
    """All objects of ``bucket`` below ``prefix``, in ``/opt/ml/processing/input/<name>`` of the container.

    ``distribution`` ``ShardedByS3Key`` gives each instance a share of the objects.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
    """

    bucket: s3.IBucket
    prefix: str
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the objects."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    def request(self, name: str) -> dict[str, object]:
        """The input ``name`` of a Create call's ``ProcessingInputs``."""
        return {
            "InputName": name,
            "S3Input": {
                "S3Uri": bucket_facts(self.bucket).url(self.prefix.strip("/")),
                "LocalPath": f"/opt/ml/processing/input/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "S3DataDistributionType": self.distribution,
            },
        }
