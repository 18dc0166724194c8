"""Model archives: from S3 into the folder that a container reads."""

from __future__ import annotations

import shutil
from pathlib import Path

from emulator.containers.container import DataPlaneError
from emulator.containers.objects import S3Client, download_object, unpack_archive


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
