"""What an Autopilot job reads."""

from dataclasses import dataclass

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class AutoMLInput:
    """All objects of ``bucket`` in the folder ``prefix``.

    ``content_type`` is the media type of all (default: CSV with a header line, or pictures of any kind).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLJobChannel.html
    """

    bucket: s3.IBucket
    prefix: str
    content_type: str | None = None

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the objects."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    def channel(self, kind: str, content_type: str) -> dict[str, object]:
        """The channel of a Create call; ``content_type`` stands for one that is not given."""
        url = bucket_facts(self.bucket).url(f"{self.prefix.strip('/')}/")
        return {
            "ChannelType": kind,
            "ContentType": self.content_type or content_type,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": url}},
        }
