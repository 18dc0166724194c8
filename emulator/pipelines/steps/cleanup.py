"""Steps that delete what earlier steps have left in S3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from emulator.containers.objects import split_uri
from emulator.pipelines.attempts import Attempt, StepEnd, StepRunner, failed
from emulator.shapes.errors import ServiceError

_WRITTEN = ("S3OutputPath", "S3ModelArtifacts")


class Cleanups(StepRunner):
    """Cleanup steps."""

    def run(self, attempt: Attempt) -> StepEnd:
        """Delete the objects that each of the named steps has written, or those of them that are named."""
        cleaned: list[str] = []
        lost: list[dict[str, str]] = []
        skipped: list[str] = []
        for each in attempt.arguments.get("Resources", {}).get("S3", []):
            step, result = each["StepName"], attempt.results.get(each["StepName"])
            uris = each.get("S3Uris") or [*_written(result)]
            if result is None or not uris:
                skipped.append(step)
                continue
            try:
                for uri in uris:
                    _delete(attempt, uri)
                cleaned.append(step)
            except ServiceError as error:
                lost.append({"StepName": step, "ErrorCode": "ClientError", "ErrorMessage": error.message})
        attempt.tell({"Cleanup": {"CleanedSteps": cleaned, "FailedSteps": lost, "SkippedSteps": skipped}})
        if lost:
            return failed(f"ClientError: {'; '.join(each['ErrorMessage'] for each in lost)}")
        return StepEnd(status="Succeeded")


def _written(result: Any) -> Iterator[str]:
    """Where a step has written to, by its description."""
    if not isinstance(result, dict):
        return
    described = cast(Mapping[str, Any], result)
    for output in described.get("ProcessingOutputConfig", {}).get("Outputs", []):
        yield output["S3Output"]["S3Uri"]
    for member in ("ModelArtifacts", "TransformOutput"):
        yield from (described.get(member, {})[name] for name in _WRITTEN if name in described.get(member, {}))


def _delete(attempt: Attempt, uri: str) -> None:
    bucket, key = split_uri(uri)
    token: dict[str, str] = {}
    while True:
        found = attempt.services.other("s3", "ListObjectsV2", {"Bucket": bucket, "Prefix": key, **token})
        for held in found.get("Contents", []):
            attempt.services.other("s3", "DeleteObject", {"Bucket": bucket, "Key": held["Key"]})
        if not found.get("IsTruncated"):
            return
        token = {"ContinuationToken": found["NextContinuationToken"]}
