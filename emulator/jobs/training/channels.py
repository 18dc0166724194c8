"""The channels of a training job: what they name in S3, brought to where its container looks for it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import (
    S3Client,
    download_listed,
    download_prefix,
    list_keys,
    read_manifest,
    read_object,
    split_uri,
)
from emulator.jobs.training.pipes import ChannelPipe
from emulator.jobs.training.request import MachineGroup, channels_of, readers_of

_REFERENCE = "-ref"


def bring_channels(
    s3: S3Client, request: Mapping[str, Any], folder: Path, groups: Sequence[MachineGroup], host: str
) -> list[ChannelPipe]:
    """Bring the channels of one machine of a job to its `input/data`; returns the pipes among them.

    What is sharded is shared out among the machines that get the channel. Raises DataPlaneError.
    """
    default = request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    own = next(group for group in groups if host in group.hosts)
    pipes: list[ChannelPipe] = []
    try:
        for channel in channels_of(request, own):
            source = channel["DataSource"]["S3DataSource"]
            readers = readers_of(channel, groups)
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            share = (readers.index(host), len(readers)) if sharded else (0, 1)
            if channel.get("InputMode", default) == "Pipe":
                pipes.append(_piped(s3, channel, folder, share))
            else:
                _downloaded(s3, source, folder / channel["ChannelName"], share)
    except Exception:
        close_pipes(pipes)
        raise
    return pipes


def close_pipes(pipes: Sequence[ChannelPipe]) -> None:
    """End them all."""
    for pipe in pipes:
        pipe.close()


def _downloaded(s3: S3Client, source: Mapping[str, Any], folder: Path, share: tuple[int, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    uri = source["S3Uri"]
    download = download_prefix if source["S3DataType"] == "S3Prefix" else download_listed
    count = download(s3, uri, folder, share=share)
    if not count and share[0] == 0:
        raise DataPlaneError(f"Data download failed: no S3 objects found under {uri}")


def _piped(s3: S3Client, channel: Mapping[str, Any], folder: Path, share: tuple[int, int]) -> ChannelPipe:
    source = channel["DataSource"]["S3DataSource"]
    units = _units(s3, source, unpacked=channel.get("CompressionType") == "Gzip", share=share)
    if not units and share[0] == 0:
        raise DataPlaneError(f"Data download failed: no S3 objects found under {source['S3Uri']}")
    return ChannelPipe(
        folder,
        channel["ChannelName"],
        units,
        wrapped=channel.get("RecordWrapperType") == "RecordIO",
        seed=channel.get("ShuffleConfig", {}).get("Seed"),
    )


def _units(s3: S3Client, source: Mapping[str, Any], *, unpacked: bool, share: tuple[int, int]) -> list[list[bytes]]:
    position, machines = share
    uri = source["S3Uri"]
    if source["S3DataType"] == "AugmentedManifestFile":
        lines = [line for line in read_object(s3, uri).splitlines() if line.strip()]
        names: Sequence[str] = source["AttributeNames"]
        return [_attributes(s3, uri, line, names) for line in lines[position::machines]]
    if source["S3DataType"] == "ManifestFile":
        found = [each for each, _ in read_manifest(s3, uri)]
    else:
        bucket, prefix = split_uri(uri)
        found = [f"s3://{bucket}/{key}" for key in list_keys(s3, bucket, prefix)]
    contents = [read_object(s3, each) for each in found[position::machines]]
    return [[_unpacked(content) if unpacked else content] for content in contents]


def _attributes(s3: S3Client, uri: str, line: bytes, names: Sequence[str]) -> list[bytes]:
    """What of a line is streamed: text as it is, the object behind a reference, and all else as JSON.

    https://docs.aws.amazon.com/sagemaker/latest/dg/augmented-manifest-stream.html
    """
    try:
        given = cast("dict[str, Any]", json.loads(line))
        values = [given[name] for name in names]
    except (ValueError, LookupError, TypeError) as error:
        told = line.decode(errors="replace")[:200]
        raise DataPlaneError(f"{uri} has a line without the attributes {', '.join(names)}: {told}") from error
    return [
        read_object(s3, str(value))
        if name.endswith(_REFERENCE)
        else (value if isinstance(value, str) else json.dumps(value)).encode()
        for name, value in zip(names, values, strict=True)
    ]


def _unpacked(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise DataPlaneError(f"Data download failed: an object is not compressed by gzip: {error}") from error
