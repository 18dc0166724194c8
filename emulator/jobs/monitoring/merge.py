"""Truth, merged with the predictions that it is of, as Model Monitor's own job does before one of quality or bias.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client, read_object, split_uri


def truths(s3: S3Client, uris: Iterable[str]) -> Mapping[str, Any]:
    """What was told by identifier; of several truths the last one. Raises DataPlaneError for what is no truth."""
    found: dict[str, Any] = {}
    for uri in uris:
        for line in _lines(s3, uri):
            identifier = line.get("eventMetadata", {}).get("eventId")
            if not identifier or "groundTruthData" not in line:
                raise DataPlaneError(f"{uri} has a line without groundTruthData or eventMetadata.eventId")
            found[str(identifier)] = line["groundTruthData"]
    return found


def merge(
    s3: S3Client,
    captured: Sequence[tuple[str, str]],
    window: tuple[float, float],
    known: Mapping[str, Any],
    target: str,
) -> int:
    """Write the captured lines of a window with their truth below a target, and count them.

    Args:
        s3: Reads and writes.
        captured: The S3 URI of each file, and its path below the target.
        window: From when until before when.
        known: Truth by identifier.
        target: An S3 URI.
    """
    count = 0
    for uri, path in captured:
        merged: list[str] = []
        for line in _lines(s3, uri):
            metadata: Mapping[str, Any] = line.get("eventMetadata", {})
            identifier = str(metadata.get("inferenceId") or metadata.get("eventId"))
            moment = datetime.fromisoformat(str(metadata["inferenceTime"])).timestamp()
            if identifier in known and window[0] <= moment < window[1]:
                merged.append(json.dumps({**line, "groundTruthData": known[identifier]}) + "\n")
        if merged:
            bucket, key = split_uri(f"{target}/{path}")
            s3.put_object(Bucket=bucket, Key=key, Body=io.BytesIO("".join(merged).encode()))
        count += len(merged)
    return count


def _lines(s3: S3Client, uri: str) -> Iterable[dict[str, Any]]:
    for text in read_object(s3, uri).decode().splitlines():
        if text.strip():
            try:
                yield json.loads(text)
            except ValueError as error:
                raise DataPlaneError(f"{uri} has a line that is no JSON: {error}") from error
