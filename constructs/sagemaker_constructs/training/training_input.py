"""What a training job reads."""

from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class TrainingInput:
    """All objects of ``bucket`` below ``prefix``, as one channel.

    ``input_mode`` ``FastFile`` shows the same files, and fetches each when it is read. ``distribution``
    ``ShardedByS3Key`` gives each instance a share of the objects. ``shuffle_seed`` shuffles their order.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html
    """

    bucket: s3.IBucket
    prefix: str
    content_type: str = "text/csv"
    input_mode: Literal["File", "FastFile"] = "File"
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"
    shuffle_seed: int | None = None

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the channel."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")

    def channel(self, name: str) -> dict[str, object]:
        """The channel of a Create call's ``InputDataConfig``."""
        shuffled = {} if self.shuffle_seed is None else {"ShuffleConfig": {"Seed": self.shuffle_seed}}
        return {
            "ChannelName": name,
            "ContentType": self.content_type,
            "InputMode": self.input_mode,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": bucket_facts(self.bucket).url(self.prefix.strip("/")),
                    "S3DataDistributionType": self.distribution,
                }
            },
            **shuffled,
        }
