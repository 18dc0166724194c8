"""What a transform job reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects

Split = Literal["None", "Line", "RecordIO", "TFRecord"]
Compression = Literal["None", "Gzip"]
SPLITS = ("None", "Line", "RecordIO", "TFRecord")


@dataclass(frozen=True)
class TransformInput:
    """All objects of ``bucket`` below ``prefix``; with ``manifest``, the key of an object there that lists them.

    A manifest is a JSON document ``[{"prefix": "s3://bucket/prefix/"}, "path", …]``, and the objects that it
    lists lie below ``prefix`` of the same bucket. ``split`` says what a record is: a line, a record of one of
    the binary formats, or, with ``"None"``, the whole object. A header line is a record as any other.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html
    """

    bucket: s3.IBucket
    prefix: str
    manifest: str | None = None
    content_type: str = "text/csv"
    split: Split = "Line"
    compression: Compression = "None"

    @property
    def folder(self) -> str:
        """``prefix`` with exactly one slash at its end."""
        return f"{self.prefix.strip('/')}/"

    @property
    def media_type(self) -> str:
        """``content_type`` without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield one_of("split", self.split, SPLITS)
        yield one_of("compression", self.compression, ("None", "Gzip"))
        if not self.prefix.strip("/"):
            yield Problem("prefix", f"must name a folder of the bucket, got: {self.prefix!r}")
        if not is_token(self.content_type) and len(self.content_type) > 256:
            yield Problem("content_type", f"may have at most 256 characters, got: {len(self.content_type)}")

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the objects, and the manifest that lists them."""
        grant_read_objects(self.bucket, grants, f"{self.folder}*")
        if self.manifest:
            grant_read_objects(self.bucket, grants, self.manifest)

    def properties(self) -> dict[str, object]:
        """The ``TransformInput`` of a Create call."""
        return {
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "ManifestFile" if self.manifest else "S3Prefix",
                    "S3Uri": bucket_facts(self.bucket).url(self.manifest or self.folder),
                }
            },
            "ContentType": self.content_type,
            "CompressionType": self.compression,
            "SplitType": self.split,
        }
