"""Between S3 and the folders of a container."""

from __future__ import annotations

import gzip
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from emulator.containers.errors import DataPlaneError


class S3Client(Protocol):
    """The three operations used here, as boto3's and botocore's S3 clients have them."""

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = ...) -> Any:  # noqa: N803
        """List one page of a prefix."""
        ...

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        """Read an object; `Body` is a stream."""
        ...

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> Any:  # noqa: N803
        """Write an object from a stream."""
        ...


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`. Raises DataPlaneError for anything else."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise DataPlaneError(f"not an S3 URI: {uri}")
    return parts.netloc, uri.removeprefix(f"s3://{parts.netloc}").removeprefix("/")


def download_object(s3: S3Client, uri: str, path: Path) -> None:
    """Copy one object into a file. Raises DataPlaneError naming the URI."""
    bucket, key = split_uri(uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], target)
    except DataPlaneError:
        raise
    except Exception as error:
        raise DataPlaneError(f"{uri} cannot be read: {error}") from error


def download_prefix(s3: S3Client, uri: str, folder: Path, *, share: tuple[int, int] = (0, 1)) -> int:
    """Copy every object below a prefix into a folder, keeping the paths below it. Returns their number.

    A prefix that is an object itself gives one file. Of a `share`, position and number of machines, every so many-th
    object is copied, from the position on. Raises DataPlaneError.
    """
    bucket, prefix = split_uri(uri)
    position, machines = share
    count = 0
    for key in list(list_keys(s3, bucket, prefix))[position::machines]:
        name = key.rpartition("/")[2] if key == prefix else key.removeprefix(prefix).lstrip("/")
        if key != prefix and prefix and not prefix.endswith("/") and not key.startswith(f"{prefix}/"):
            # `data/tr` also stands for `data/train.csv`: such files keep their whole name.
            name = key.removeprefix(prefix.rpartition("/")[0]).lstrip("/")
        if ".." in PurePosixPath(name).parts:
            raise DataPlaneError(f"s3://{bucket}/{key} would be written outside its folder")
        download_object(s3, f"s3://{bucket}/{key}", folder / name)
        count += 1
    return count


def read_object(s3: S3Client, uri: str) -> bytes:
    """The content of one object. Raises DataPlaneError naming the URI."""
    bucket, key = split_uri(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except Exception as error:
        raise DataPlaneError(f"{uri} cannot be read: {error}") from error
    return content


def read_manifest(s3: S3Client, uri: str) -> list[tuple[str, str]]:
    """The URI of each object that a manifest lists, and its path below the manifest's prefix. Raises DataPlaneError.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    try:
        manifest: Any = json.loads(read_object(s3, uri))
        prefix = str(manifest[0]["prefix"])
        paths = [str(path) for path in cast(list[Any], manifest[1:])]
    except (ValueError, LookupError, TypeError) as error:
        raise DataPlaneError(f'{uri} is no manifest ([{{"prefix": …}}, "path", …]): {error}') from error
    return [(f"{prefix}{path}", path.lstrip("/")) for path in paths]


def download_listed(s3: S3Client, uri: str, folder: Path, *, share: tuple[int, int] = (0, 1)) -> int:
    """Copy what a manifest lists into a folder, below its paths. Returns how many. Raises DataPlaneError.

    Of a `share`, position and number of machines, every so many-th object is copied, from the position on.
    """
    position, machines = share
    listed = read_manifest(s3, uri)[position::machines]
    for each, path in listed:
        if ".." in PurePosixPath(path).parts:
            raise DataPlaneError(f"{each} would be written outside its folder")
        download_object(s3, each, folder / path)
    return len(listed)


def upload_file(s3: S3Client, path: Path, uri: str) -> None:
    """Copy a file to an object. Raises DataPlaneError naming the URI."""
    bucket, key = split_uri(uri)
    try:
        with path.open("rb") as source:
            s3.put_object(Bucket=bucket, Key=key, Body=source)
    except Exception as error:
        raise DataPlaneError(f"{uri} cannot be written: {error}") from error


def upload_folder(s3: S3Client, folder: Path, uri: str) -> None:
    """Copy every file of a folder below a prefix. Raises DataPlaneError."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        upload_file(s3, path, f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}")


class ChangedFiles:
    """Uploads the files of a folder that are new or have changed since they were uploaded last."""

    def __init__(self, s3: S3Client, folder: Path, uri: str) -> None:
        self._s3 = s3
        self._folder = folder
        self._uri = uri.rstrip("/")
        self._uploaded: dict[Path, tuple[int, int]] = {}

    def upload(self) -> None:
        """Upload what has changed. Raises DataPlaneError."""
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue
            version = (state.st_mtime_ns, state.st_size)
            if self._uploaded.get(path) != version:
                upload_file(self._s3, path, f"{self._uri}/{path.relative_to(self._folder).as_posix()}")
                self._uploaded[path] = version


def upload_archive(s3: S3Client, folder: Path, uri: str) -> None:
    """Pack a folder's content into a `.tar.gz` object; the same content gives the same bytes."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        path = Path(scratch) / "archive.tar.gz"
        with (
            path.open("wb") as target,
            gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as archive,
        ):
            for member in sorted(folder.rglob("*")):
                archive.add(member, member.relative_to(folder).as_posix(), recursive=False, filter=_plain)
        upload_file(s3, path, uri)


def unpack_archive(path: Path, folder: Path) -> None:
    """Unpack a `.tar.gz`. Raises DataPlaneError when it is broken or a member leaves the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                if member.name.startswith("/") or ".." in PurePosixPath(member.name).parts:
                    raise DataPlaneError(f"the archive's member '{member.name}' leaves its folder")
                archive.extract(member, folder, filter="data")
    except tarfile.FilterError as error:
        raise DataPlaneError(f"the archive is refused: {error}") from error
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataPlaneError(f"the archive cannot be unpacked: {error}") from error


def fetch_model(s3: S3Client, uri: str, folder: Path) -> None:
    """Unpack an archive into a folder, which is there only once it is complete. Raises DataPlaneError."""
    unpacked, archive = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.tar.gz")
    shutil.rmtree(unpacked, ignore_errors=True)
    try:
        download_object(s3, uri, archive)
        unpack_archive(archive, unpacked)
        unpacked.rename(folder)
    except DataPlaneError as error:
        raise DataPlaneError(f"Failed to extract model data archive from {uri}: {error}") from error
    finally:
        archive.unlink(missing_ok=True)


def list_keys(s3: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    """Every key that begins with a prefix, without folders' own entries. Raises DataPlaneError."""
    token: dict[str, str] = {}
    while True:
        try:
            page: dict[str, Any] = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
        except Exception as error:
            raise DataPlaneError(f"s3://{bucket}/{prefix} cannot be listed: {error}") from error
        yield from (each["Key"] for each in page.get("Contents", []) if not each["Key"].endswith("/"))
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
