"""The requests that a smoke test makes, as a file states them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.spelling import nearest_to

_ATTEMPTS = 3
_SECONDS = 300
_TEXTS = {
    *("accept", "answers", "body", "body_file", "container", "content_type"),
    *("input", "skip", "target_model", "upload", "variant"),
}


@dataclass(frozen=True)
class StatedRequest:
    """What one endpoint is asked, and what is right of the answer.

    ``body`` is the text that is sent, or ``body_file`` a file of it, relative to the file of requests.
    ``answers`` is a regular expression that is found in a right answer. Each of ``attempts`` has to be right (default
    3), and the fastest within ``within_ms`` (default: any time), so that a cold start does not count.
    An asynchronous endpoint is asked with an object that is there (``input``), or that the body makes (``upload``),
    and answers within ``within_seconds`` (default 300).
    ``target_model``, ``variant`` and ``container`` choose one of several.
    ``skip`` is the reason why the endpoint is not asked at all. ``load`` is for the load test.
    """

    body: str = ""
    body_file: str = ""
    content_type: str = "application/octet-stream"
    accept: str = ""
    answers: str = ""
    within_ms: float | None = None
    within_seconds: float = _SECONDS
    attempts: int = _ATTEMPTS
    target_model: str = ""
    variant: str = ""
    container: str = ""
    input: str = ""
    upload: str = ""
    skip: str = ""
    load: Mapping[str, Any] | None = None

    def content(self, folder: Path) -> bytes:
        """The body; raises ``OSError`` for a file that is not there."""
        return (folder / self.body_file).read_bytes() if self.body_file else self.body.encode()


@dataclass(frozen=True)
class StatedRequests:
    """All requests of a file, by patterns of construct paths, such as ``*/Churn/Endpoint``."""

    folder: Path
    by_pattern: Mapping[str, StatedRequest]

    @staticmethod
    def read(file: Path) -> StatedRequests:
        """Of a JSON file; raises ``OSError`` and ``ValueError``, which says everything that is wrong."""
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise ValueError(f"{file} is no JSON: {error}") from error
        if not isinstance(document, dict):
            raise ValueError(f"{file} must have an object: a request for each pattern of construct paths")
        stated = cast(Mapping[str, Any], document)
        wrong = [f"{file}: {each}" for each in _problems(stated)]
        if wrong:
            raise ValueError("\n".join(wrong))
        return StatedRequests(file.parent, {pattern: StatedRequest(**given) for pattern, given in stated.items()})

    def of(self, path: str) -> StatedRequest | None:
        """That of the endpoint at a construct path, by the first pattern that matches it or what is above it."""
        parent = path.rpartition("/")[0]
        for pattern, request in self.by_pattern.items():
            if fnmatchcase(path, pattern) or fnmatchcase(parent, pattern):
                return request
        return None


def _problems(stated: Mapping[str, Any]) -> Iterator[str]:
    known = {each.name for each in fields(StatedRequest)}
    for pattern, given in stated.items():
        if not isinstance(given, dict):
            yield f"{pattern} must have an object, got: {given!r}"
            continue
        request = cast(Mapping[str, Any], given)
        for name, value in request.items():
            if name not in known:
                near = nearest_to(name, sorted(known))
                yield f"{pattern}.{name} is unknown" + (f"; did you mean {near[0]}?" if near else "")
            elif name in _TEXTS and not isinstance(value, str):
                yield f"{pattern}.{name} must be text, got: {value!r}"
            elif name.startswith("within") and not (isinstance(value, int | float) and value > 0):
                yield f"{pattern}.{name} must be greater than 0, got: {value!r}"
        attempts = request.get("attempts", _ATTEMPTS)
        if not isinstance(attempts, int) or not 1 <= attempts <= 100:
            yield f"{pattern}.attempts must be between 1 and 100, got: {attempts!r}"
        if "body" in request and "body_file" in request:
            yield f"{pattern} must have a body or a body_file, got: both"
        if "input" in request and "upload" in request:
            yield f"{pattern} must have an input or an upload, got: both"
        yield from (f"{pattern}.{name} must be an S3 URL, got: {request[name]!r}" for name in _not_in_s3(request))
        try:
            re.compile(str(request.get("answers", "")))
        except re.error as error:
            yield f"{pattern}.answers is no regular expression: {error}"


def _not_in_s3(request: Mapping[str, Any]) -> Iterator[str]:
    for name in ("input", "upload"):
        if name in request and not re.fullmatch(r"s3://[a-z0-9.-]+/.+", str(request[name])):
            yield name
