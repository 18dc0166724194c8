"""The archive or folder in S3 that holds a trained model."""

from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.assets import packed
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


class ModelArtifact(ABC):
    """A trained model. Make one with ``from_bucket``, ``from_url``, ``from_folder`` (in S3) or ``from_path`` (here).

    See https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html
    """

    @abstractmethod
    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        """The part of a ``ContainerDefinition`` that names it; ``grants`` gets the right to read it."""

    @staticmethod
    def from_bucket(bucket: s3.IBucket, key: str) -> "ModelArtifact":
        """The object ``key`` in ``bucket``; read access is granted to this object only."""
        return _BucketArtifact(bucket, key)

    @staticmethod
    def from_url(url: str, *, bucket: s3.IBucket, prefix: str) -> "ModelArtifact":
        """An S3 URL that is only known at deployment, such as one read from an SSM parameter.

        Read access is granted to all objects of ``bucket`` below ``prefix``, so that a later artifact can be
        deployed without touching the role.
        """
        return _UrlArtifact(url, bucket, prefix)

    @staticmethod
    def from_folder(bucket: s3.IBucket, prefix: str) -> "ModelArtifact":
        """All files below ``prefix`` in ``bucket``, uncompressed: large models start faster without unpacking."""
        return _FolderArtifact(bucket, prefix)

    @staticmethod
    def from_path(path: str | Path) -> "ModelArtifact":
        """A ``.tar.gz``, or a folder that becomes one, on the machine that synthesizes; ``cdk deploy`` publishes it.

        The same files give the same archive everywhere. ``bind`` raises ``InvalidInput`` when there are none.

        See https://docs.aws.amazon.com/cdk/v2/guide/assets.html
        """
        return _LocalArtifact(Path(path))


class _BucketArtifact(ModelArtifact):
    def __init__(self, bucket: s3.IBucket, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        reject(scope, [_archive_problem(self._key)])
        grant_read_objects(self._bucket, grants, self._key)
        return {"modelDataUrl": bucket_facts(self._bucket).url(self._key)}


class _UrlArtifact(ModelArtifact):
    def __init__(self, url: str, bucket: s3.IBucket, prefix: str) -> None:
        self._url = url
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        reject(scope, [_archive_problem(self._url)])
        grant_read_objects(self._bucket, grants, f"{self._prefix}/*")
        return {"modelDataUrl": self._url}


class _FolderArtifact(ModelArtifact):
    def __init__(self, bucket: s3.IBucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        reject(scope, [None if self._prefix else Problem("", "model folder must lie below a prefix, got: none")])
        grant_read_objects(self._bucket, grants, f"{self._prefix}/*")
        source = {
            "s3Uri": f"{bucket_facts(self._bucket).url(self._prefix)}/",
            "s3DataType": "S3Prefix",
            "compressionType": "None",
        }
        return {"modelDataSource": {"s3DataSource": source}}


class _LocalArtifact(ModelArtifact):
    def __init__(self, path: Path) -> None:
        self._path = path

    def bind(self, scope: Construct, grants: Grants) -> dict[str, object]:
        reject(scope, [_local_problem(self._path)])
        with TemporaryDirectory() as folder:
            archive = self._path
            if self._path.is_dir():
                archive = Path(folder) / "model.tar.gz"
                archive.write_bytes(packed(self._path))
            asset = s3_assets.Asset(scope, "Artifact", path=str(archive.resolve()), display_name=self._path.name)
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        return {"modelDataUrl": asset.s3_object_url}


def _local_problem(path: Path) -> Problem | None:
    if path.is_dir():
        return None if any(path.iterdir()) else Problem("", f"model folder must hold files, got: {str(path)!r}")
    if not path.is_file():
        return Problem("", f"model artifact must exist, got: {str(path)!r}")
    return _archive_problem(str(path))


def _archive_problem(key: str) -> Problem | None:
    if is_token(key) or key.endswith(".tar.gz"):
        return None
    return Problem("", f"model artifact must be a .tar.gz archive, got: {key!r}")
