"""Objects of S3, as queries list, copy and write them."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from emulator.services.athena.errors import QueryFailed

_LISTED_ALONE = 8


class ObjectClient(Protocol):
    """The operations used here, as boto3's and botocore's S3 clients have them."""

    def delete_object(self, **request: Any) -> Any:
        """Delete an object."""
        ...

    def list_objects_v2(self, **request: Any) -> Any:
        """List one page of a prefix."""
        ...

    def get_object(self, **request: Any) -> Any:
        """Read an object; `Body` is a stream."""
        ...

    def put_object(self, **request: Any) -> Any:
        """Write an object."""
        ...


@dataclass(frozen=True)
class Object:
    """An object: its URI and its size."""

    uri: str
    size: int


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; raises QueryFailed for anything else."""
    scheme, _, path = uri.partition("://")
    bucket, _, key = path.partition("/")
    if scheme not in ("s3", "s3a", "s3n") or not bucket:
        raise QueryFailed(f"{uri or 'An empty text'} is no location in Amazon S3.")
    return bucket, key


class QueryObjects:
    """What one query reads and writes.

    Args:
        s3: A client.
        folder: Where copies are kept.
    """

    def __init__(self, s3: ObjectClient, folder: Path) -> None:
        self.folder = folder
        self.s3 = s3
        self._copies: dict[str, Path] = {}

    def below(self, location: str) -> list[Object]:
        """Every object of a folder, but those that Hive does not see."""
        bucket, key = split(location)
        prefix = key if not key or key.endswith("/") else f"{key}/"
        return [
            Object(f"s3://{bucket}/{each}", size) for each, size in self._keys(bucket, prefix) if _seen(each, size)
        ]

    def starting_with(self, uri: str) -> list[Object]:
        """Every object whose key begins so, but those that stand for a folder."""
        bucket, prefix = split(uri)
        return [
            Object(f"s3://{bucket}/{each}", size)
            for each, size in self._keys(bucket, prefix)
            if not each.endswith("/")
        ]

    def of_each(self, locations: Sequence[str]) -> list[list[Object]]:
        """The objects of each of several folders; many are listed at once."""
        if len(locations) <= _LISTED_ALONE:
            return [self.below(each) for each in locations]
        folders = [f"{each.rstrip('/')}/" for each in locations]
        common = posixpath.commonpath(folders).replace("s3:/", "s3://", 1)
        if common.count("/") < 2:
            return [self.below(each) for each in locations]
        found: dict[str, list[Object]] = {folder: [] for folder in folders}
        for each in self.below(common):
            folder = each.uri
            while "/" in folder:
                folder = folder.rpartition("/")[0]
                if f"{folder}/" in found:
                    found[f"{folder}/"].append(each)
                    break
        return [found[folder] for folder in folders]

    def copy(self, uri: str) -> Path:
        """A local copy of an object."""
        if uri not in self._copies:
            bucket, key = split(uri)
            path = self.folder / f"object-{len(self._copies)}"
            with path.open("wb") as target:
                shutil.copyfileobj(self.s3.get_object(Bucket=bucket, Key=key)["Body"], target)
            self._copies[uri] = path
        return self._copies[uri]

    def read(self, uri: str) -> bytes:
        """What is in an object."""
        bucket, key = split(uri)
        content: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def write(self, uri: str, content: bytes, encryption: Mapping[str, str] | None = None) -> None:
        """Write an object; raises QueryFailed."""
        bucket, key = split(uri)
        try:
            self.s3.put_object(Bucket=bucket, Key=key, Body=content, **_encrypted(encryption or {}))
        except Exception as error:
            raise QueryFailed(f"{uri} cannot be written: {error}") from error

    def delete(self, uri: str) -> None:
        """Delete an object."""
        bucket, key = split(uri)
        self.s3.delete_object(Bucket=bucket, Key=key)

    def _keys(self, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
        token: dict[str, str] = {}
        while True:
            try:
                page: dict[str, Any] = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
            except Exception as error:
                raise QueryFailed(f"s3://{bucket}/{prefix} cannot be listed: {error}") from error
            yield from ((str(each["Key"]), int(each["Size"])) for each in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": str(page["NextContinuationToken"])}


def _seen(key: str, size: int) -> bool:
    return size > 0 and not key.rpartition("/")[2].startswith(("_", ".")) and not key.endswith("/")


def _encrypted(encryption: Mapping[str, str]) -> dict[str, str]:
    match encryption.get("EncryptionOption"):
        case "SSE_S3":
            return {"ServerSideEncryption": "AES256"}
        case "SSE_KMS":
            return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption.get("KmsKey", "")}
        case _:
            return {}
