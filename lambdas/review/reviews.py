"""An endpoint is asked, and people where its answer is not sure."""

import base64
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

logger = logging.getLogger()


class Calls(Protocol):
    """Calls of one service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


@dataclass(frozen=True)
class Reviewing:
    """Which endpoint is asked, when people are, and where: in loops of a ``flow``, or of none in a project."""

    endpoint: str
    confidence: str
    below: float
    bucket: str
    prefix: str
    suffix: str
    flow: str = ""

    @staticmethod
    def of(environment: Mapping[str, str]) -> "Reviewing":
        """What the variables of a function say."""
        return Reviewing(
            environment["ENDPOINT"],
            environment["CONFIDENCE"],
            float(environment["BELOW"]),
            environment["BUCKET"],
            environment["PREFIX"],
            environment["SUFFIX"],
            environment.get("FLOW", ""),
        )


def ask(event: Mapping[str, Any], reviewing: Reviewing, runtime: Calls, s3: Calls, loops: Calls) -> dict[str, Any]:
    """Ask the endpoint; what it is not sure of becomes an object that people see."""
    given = str(event["body"])
    body = base64.b64decode(given) if event.get("isBase64Encoded") else given.encode()
    content_type = str(event.get("contentType") or "application/octet-stream")
    answered = runtime.call(
        "invoke_endpoint",
        EndpointName=reviewing.endpoint,
        Body=body,
        ContentType=content_type,
        Accept=str(event.get("accept") or "application/json"),
    )
    answer = answered["Body"].read().decode()
    sure = confidence_of(answer, reviewing.confidence)
    told: dict[str, Any] = {"body": answer, "contentType": answered["ContentType"], "confidence": sure}
    if sure is not None and sure >= reviewing.below:
        return {**told, "review": None}
    try:
        return {**told, "review": _hand_over(body, content_type, answer, sure, reviewing, s3, loops)}
    except Exception as error:
        logger.exception("nobody reviews an answer of %s", reviewing.endpoint)
        return {**told, "review": None, "reviewFailure": f"{type(error).__name__}: {error}"}


def confidence_of(answer: str, path: str) -> float | None:
    """The number at ``path`` of an answer in JSON, the highest of a list; None where there is none."""
    try:
        value: Any = json.loads(answer)
        for part in path.split("."):
            value = cast(list[Any], value)[int(part)] if isinstance(value, list) else value[part]
        numbers = cast(list[Any], value) if isinstance(value, list) else [value]
        return max(float(each) for each in numbers)
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def _hand_over(
    body: bytes, content_type: str, answer: str, sure: float | None, reviewing: Reviewing, s3: Calls, loops: Calls
) -> str:
    name = hashlib.sha256(body).hexdigest()[:32]
    key = f"{reviewing.prefix}/{name}{reviewing.suffix}"
    url = f"s3://{reviewing.bucket}/{key}"
    s3.call("put_object", Bucket=reviewing.bucket, Key=key, Body=body, ContentType=content_type)
    if not reviewing.flow:
        return url
    loop = f"review-{name}"
    shown = {"taskObject": url, "answer": answer, "confidence": sure}
    try:
        started = loops.call(
            "start_human_loop",
            HumanLoopName=loop,
            FlowDefinitionArn=reviewing.flow,
            HumanLoopInput={"InputContent": json.dumps(shown)},
        )
    except Exception as error:
        # The same content was asked before.
        if loops.code_of(error) != "ConflictException":
            raise
        return f"{reviewing.flow.partition(':flow-definition/')[0]}:human-loop/{loop}"
    return str(started["HumanLoopArn"])
