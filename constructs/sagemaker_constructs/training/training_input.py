"""What a training job reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class TrainingInput:
    """All objects of ``bucket`` below ``prefix``, as one channel, or those that ``manifest`` lists.

    ``input_mode`` ``FastFile`` shows the same files, and fetches each when it is read. ``Pipe`` streams them into a
    named pipe for each epoch, one after the other. ``distribution`` ``ShardedByS3Key`` gives each instance a share of
    the objects. ``shuffle_seed`` shuffles their order.

    ``manifest`` is the key of a JSON document ``[{"prefix": "s3://bucket/prefix/"}, "path", …]``. With ``attributes``
    it is an augmented manifest: a JSON object on each line, of which these attributes are streamed in their order, as
    they are or, where the name ends in ``-ref``, the object that they point to. That takes the mode ``Pipe``. What a
    manifest lists lies below ``prefix`` of the same bucket. ``record_wrapper`` ``RecordIO`` makes each object or
    attribute a record of that format, in the mode ``Pipe``. ``instance_groups`` are those of the job that get the
    channel (default: all).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/augmented-manifest.html
    """

    bucket: s3.IBucket
    prefix: str
    content_type: str = "text/csv"
    input_mode: Literal["File", "FastFile", "Pipe"] = "File"
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"
    shuffle_seed: int | None = None
    manifest: str | None = None
    attributes: Sequence[str] = ()
    record_wrapper: Literal["None", "RecordIO"] = "None"
    instance_groups: Sequence[str] = ()

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the channel, and the manifest that lists it."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")
        if self.manifest:
            grant_read_objects(self.bucket, grants, self.manifest)

    def channel(self, name: str) -> dict[str, object]:
        """The channel of a Create call's ``InputDataConfig``."""
        shuffled = {} if self.shuffle_seed is None else {"ShuffleConfig": {"Seed": self.shuffle_seed}}
        wrapped = {} if self.record_wrapper == "None" else {"RecordWrapperType": self.record_wrapper}
        return {
            "ChannelName": name,
            "ContentType": self.content_type,
            "InputMode": self.input_mode,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": self._data_type,
                    "S3Uri": bucket_facts(self.bucket).url(self.manifest or self.prefix.strip("/")),
                    "S3DataDistributionType": self.distribution,
                    **({"AttributeNames": [*self.attributes]} if self.attributes else {}),
                    **({"InstanceGroupNames": [*self.instance_groups]} if self.instance_groups else {}),
                }
            },
            **shuffled,
            **wrapped,
        }

    @property
    def _data_type(self) -> str:
        if not self.manifest:
            return "S3Prefix"
        return "AugmentedManifestFile" if self.attributes else "ManifestFile"
