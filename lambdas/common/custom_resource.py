"""Answers to CloudFormation, which waits for an hour where none comes."""

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger()

_TRIES = 5
_LONGEST_REASON = 1000


def answered(event: Mapping[str, Any], work: Callable[[Mapping[str, Any]], str]) -> None:
    """Do ``work``, which returns the physical id, and answer with what came of it; a failure is an answer too."""
    try:
        made = work(event)
    except Exception as error:
        logger.exception("%s of %s failed", event["RequestType"], event["LogicalResourceId"])
        refuse(event, error)
    else:
        accept(event, made)


def accept(event: Mapping[str, Any], made: str, attributes: Mapping[str, str] | None = None) -> None:
    """Answer that the request was carried out: ``made`` is the physical id.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
    """
    data = {"Data": attributes} if attributes else {}
    _answer(event, {"Status": "SUCCESS", "PhysicalResourceId": made, **data})


def refuse(event: Mapping[str, Any], error: Exception) -> None:
    """Answer that the request has failed, and why."""
    # What was never created has no id yet, and CloudFormation wants one in each answer.
    known = str(event.get("PhysicalResourceId") or event["RequestId"])
    reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
    _answer(event, {"Status": "FAILED", "PhysicalResourceId": known, "Reason": reason})


def _answer(event: Mapping[str, Any], outcome: Mapping[str, object]) -> None:
    identity = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    _put(str(event["ResponseURL"]), json.dumps({**outcome, **identity}).encode())


def _put(url: str, body: bytes, *, pause: float = 0.5) -> None:
    # No content type: the signature of the URL was made without one.
    request = urllib.request.Request(url, data=body, method="PUT", headers={"Content-Type": ""})
    for attempt in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except OSError:
            if attempt == _TRIES:
                raise
            time.sleep(pause * 2**attempt)
