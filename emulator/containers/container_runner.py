"""What everything that runs containers needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emulator.containers.objects import S3Client
from emulator.images.store import ImageStore


@dataclass(kw_only=True)
class ContainerRunner:
    """Runs containers of one kind.

    Args:
        images: Where image URIs are looked up.
        directory: Folder of this object alone, in which containers have theirs, each with a `log.txt`.
        s3: Client for all that containers read and write.
        aws_environment: Variables every container gets to reach the emulator (endpoint URL, keys, region).
    """

    images: ImageStore
    directory: Path
    s3: S3Client
    aws_environment: Mapping[str, str] = field(default_factory=dict[str, str])
