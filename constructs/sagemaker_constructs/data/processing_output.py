"""What a processing job leaves."""

from dataclasses import dataclass

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_write_objects


@dataclass(frozen=True)
class ProcessingOutput:
    """What the container leaves in ``/opt/ml/processing/output/<name>``, copied below ``prefix`` in ``bucket``.

    A later run writes over the objects of an earlier one that have the same names.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Output.html
    """

    bucket: s3.IBucket
    prefix: str

    def grant_write(self, grants: Grants) -> None:
        """Allow writing the objects."""
        grant_write_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    @property
    def url(self) -> str:
        """The S3 URL of the prefix."""
        return bucket_facts(self.bucket).url(self.prefix.strip("/"))

    def request(self, name: str) -> dict[str, object]:
        """The output ``name`` of a Create call's ``ProcessingOutputConfig``."""
        local = f"/opt/ml/processing/output/{name}"
        output = {"S3Uri": self.url, "LocalPath": local, "S3UploadMode": "EndOfJob"}
        return {"OutputName": name, "S3Output": output}
