"""Whether an earlier execution has done a step's work already."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.shapes.aws_rules import CACHE_KEYS

_OF_TRAINING = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
_BESIDE_ARGUMENTS = ("FunctionArn", "SqsQueueUrl", "OutputParameters")
_DURATION = re.compile(r"P?(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", re.IGNORECASE)
_SECONDS = (365 * 86_400, 30 * 86_400, 7 * 86_400, 86_400, 3_600, 60)


@dataclass(frozen=True)
class Hit:
    """A step of an earlier execution whose results are taken.

    Args:
        execution_arn: The execution that did the work.
        state: What it keeps of the step.
    """

    execution_arn: str
    state: Mapping[str, Any]


def signature(kind: str, body: Mapping[str, Any]) -> str:
    """What two steps of a type have in common that do the same."""
    arguments: Mapping[str, Any] = body.get("Arguments") or {}
    decisive: dict[str, Any]
    if kind in CACHE_KEYS:
        decisive = {name: arguments[name] for name in CACHE_KEYS[kind] if name in arguments}
        for name in ("TrainingJobDefinition", "TrainingJobDefinitions"):
            if name in decisive:
                decisive[name] = [
                    {member: each.get(member) for member in _OF_TRAINING}
                    for each in (decisive[name] if isinstance(decisive[name], list) else [decisive[name]])
                ]
    else:
        decisive = {"Arguments": arguments, **{name: body.get(name) for name in _BESIDE_ARGUMENTS}}
    return hashlib.sha256(json.dumps([kind, decisive], sort_keys=True, default=str).encode()).hexdigest()


def find(config: Mapping[str, Any], wanted: str, earlier: Iterator[tuple[str, Mapping[str, Any]]]) -> Hit | None:
    """The first of `earlier` that has succeeded with this signature, and not too long ago.

    Args:
        config: The step's CacheConfig.
        wanted: Its signature.
        earlier: The same step of earlier executions with their ARNs, the youngest first.
    """
    if not config.get("Enabled"):
        return None
    oldest = time.time() - lifetime(str(config.get("ExpireAfter") or "")) if config.get("ExpireAfter") else 0.0
    for arn, state in earlier:
        fresh = state.get("EndTime", 0.0) >= oldest
        if state.get("StepStatus") == "Succeeded" and state.get("Signature") == wanted and fresh:
            return Hit(state.get("CacheHitResult", {}).get("SourcePipelineExecutionArn", arn), state)
    return None


def lifetime(text: str) -> float:
    """Seconds of an ISO 8601 duration, whose `P` may be missing; zero for what is none."""
    found = _DURATION.fullmatch(text)
    return (
        float(sum(int(each or 0) * size for each, size in zip(found.groups(), _SECONDS, strict=True)))
        if found
        else 0.0
    )
