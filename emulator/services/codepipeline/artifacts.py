"""Artifacts: archives in the pipeline's bucket."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class ArtifactError(Exception):
    """Why an artifact cannot be read or written."""


class Artifacts:
    """The archives of one pipeline.

    Args:
        s3: A client.
        declaration: The pipeline's.
    """

    def __init__(self, s3: Any, declaration: Mapping[str, Any]) -> None:
        self._s3 = s3
        several: Mapping[str, Mapping[str, Any]] = declaration.get("artifactStores", {})
        store: Mapping[str, Any] = declaration.get("artifactStore") or next(iter(several.values()))
        self._bucket = str(store["location"])
        # So long are folders of pipelines and of their artifacts.
        self._folder = re.sub(r"[^A-Za-z0-9_-]", "", declaration["name"])[:20]

    def put(self, name: str, content: bytes) -> str:
        """Write an archive; its key. Raises ArtifactError."""
        key = f"{self._folder}/{name[:10]}/{secrets.token_urlsafe(5)}.zip"
        try:
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content)
        except Exception as error:  # botocore's classes are made at run time
            raise ArtifactError(f"{name} cannot be written to {self._bucket}: {error}") from error
        return key

    def unpack(self, key: str, folder: Path) -> None:
        """Read an archive into a folder; raises ArtifactError."""
        try:
            content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except Exception as error:
            raise ArtifactError(f"s3://{self._bucket}/{key} cannot be read: {error}") from error
        folder.mkdir(parents=True)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                path = Path(archive.extract(member, folder))
                mode = member.external_attr >> 16
                if mode & 0o111 and path.is_file():
                    path.chmod(path.stat().st_mode | 0o111)


def archive(files: Mapping[str, Path]) -> bytes:
    """An archive of files by their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
        for name, path in files.items():
            written.write(path, name)
    return content.getvalue()
