"""A script of one's own for Model Monitor's container."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class OwnScript:
    """The Python file at ``path``, with the function that Model Monitor calls; empty for none.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-and-post-processing.html
    """

    path: str
    function: str

    def problems(self) -> Iterator[Problem | None]:
        """What Model Monitor would not find."""
        if not self.path:
            return
        file = Path(self.path)
        if file.suffix != ".py" or not file.is_file():
            yield Problem("", f"must be a file of Python, got: {self.path!r}")
        elif f"def {self.function}(" not in file.read_text(encoding="utf-8"):
            yield Problem("", f"must have the function {self.function}, got: {self.path!r}")

    def asset(self, scope: Construct, id: str, grants: Grants) -> str | None:
        """The S3 URL of the script as an asset, which ``grants`` allow to read; None for none."""
        if not self.path:
            return None
        file = FileAsset.of(scope, id, Path(self.path))
        file.grant_read(grants)
        return file.url


@dataclass(frozen=True)
class FileAsset:
    """A file that the CDK command line has copied to S3."""

    bucket: s3.IBucket
    key: str

    @staticmethod
    def of(scope: Construct, id: str, file: Path) -> "FileAsset":
        """``file`` as the asset ``id`` below ``scope``."""
        asset = s3_assets.Asset(scope, id, path=str(file.resolve()), display_name=f"{id} of a monitor")
        return FileAsset(asset.bucket, asset.s3_object_key)

    @property
    def url(self) -> str:
        """Its S3 URL."""
        return bucket_facts(self.bucket).url(self.key)

    def grant_read(self, grants: Grants) -> None:
        """Allow reading it."""
        grant_read_objects(self.bucket, grants, self.key)
