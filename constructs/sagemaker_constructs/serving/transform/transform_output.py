"""Where a transform job writes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.storage.object_access import bucket_facts, grant_write_objects, key_arn

Assembly = Literal["None", "Line"]


@dataclass(frozen=True)
class TransformOutput:
    """One object ``<path below the input's prefix>.out`` for each input object, below ``prefix`` in ``bucket``.

    ``accept`` is the media type asked of the model (default: the input's). With ``assemble="Line"`` every
    result ends its line; with ``"None"`` the results stand one after another as they came. A later job writes
    over the results of an earlier one.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformOutput.html
    """

    bucket: s3.IBucket
    prefix: str
    accept: str | None = None
    assemble: Assembly = "Line"

    @property
    def folder(self) -> str:
        """``prefix`` without slashes at its ends."""
        return self.prefix.strip("/")

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield one_of("assemble", self.assemble, ("None", "Line"))
        if not self.folder:
            yield Problem("prefix", f"must name a folder of the bucket, got: {self.prefix!r}")
        if self.accept and not is_token(self.accept) and len(self.accept) > 256:
            yield Problem("accept", f"may have at most 256 characters, got: {len(self.accept)}")

    def grant_write(self, grants: Grants, encryption_key: kms.IKey) -> None:
        """Allow writing the results, encrypted with ``encryption_key``."""
        grant_write_objects(self.bucket, grants, f"{self.folder}/*")
        grants.allow("kms:GenerateDataKey", "kms:Decrypt", on=key_arn(encryption_key))

    def properties(self, *, content_type: str, encryption_key: kms.IKey) -> dict[str, object]:
        """The ``TransformOutput`` of a Create call."""
        return {
            "S3OutputPath": bucket_facts(self.bucket).url(self.folder),
            "Accept": self.accept or content_type,
            "AssembleWith": self.assemble,
            "KmsKeyId": key_arn(encryption_key),
        }
