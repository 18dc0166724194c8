"""The archive or folder in S3 that holds a trained model."""

from abc import ABC, abstractmethod

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.validation import is_token, reject
from sagemaker_constructs.storage.object_access import grant_read_objects


class ModelArtifact(ABC):
    """A trained model in S3. Make one with ``from_bucket``, ``from_url`` or ``from_folder``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-uncompressed.html
    """

    @abstractmethod
    def bind(self, scope: Construct, role: iam.IRole) -> dict[str, object]:
        """The part of a ``ContainerDefinition`` below ``scope`` that names it; ``role`` gets the right to read it."""

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


class _BucketArtifact(ModelArtifact):
    def __init__(self, bucket: s3.IBucket, key: str) -> None:
        self._bucket = bucket
        self._key = key

    def bind(self, scope: Construct, role: iam.IRole) -> dict[str, object]:
        reject(scope, [_archive_problem(self._key)])
        grant_read_objects(self._bucket, role, self._key)
        return {"modelDataUrl": self._bucket.s3_url_for_object(self._key)}


class _UrlArtifact(ModelArtifact):
    def __init__(self, url: str, bucket: s3.IBucket, prefix: str) -> None:
        self._url = url
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def bind(self, scope: Construct, role: iam.IRole) -> dict[str, object]:
        reject(scope, [_archive_problem(self._url)])
        grant_read_objects(self._bucket, role, f"{self._prefix}/*")
        return {"modelDataUrl": self._url}


class _FolderArtifact(ModelArtifact):
    def __init__(self, bucket: s3.IBucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def bind(self, scope: Construct, role: iam.IRole) -> dict[str, object]:
        reject(scope, [None if self._prefix else "model folder must lie below a prefix, got: none"])
        grant_read_objects(self._bucket, role, f"{self._prefix}/*")
        source = {
            "s3Uri": f"{self._bucket.s3_url_for_object(self._prefix)}/",
            "s3DataType": "S3Prefix",
            "compressionType": "None",
        }
        return {"modelDataSource": {"s3DataSource": source}}


def _archive_problem(key: str) -> str | None:
    if is_token(key) or key.endswith(".tar.gz"):
        return None
    return f"model artifact must be a .tar.gz archive, got: {key!r}"
