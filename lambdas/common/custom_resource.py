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
    """Do ``work``, which returns the physical id, and answer with what came of it; a failure is an answer too.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
    """
    # What was never created has no id yet, and CloudFormation wants one in each answer.
    known = str(event.get("PhysicalResourceId") or event["RequestId"])
    try:
        outcome = {"Status": "SUCCESS", "PhysicalResourceId": work(event)}
    except Exception as error:
        logger.exception("%s of %s failed", event["RequestType"], event["LogicalResourceId"])
        reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
        outcome = {"Status": "FAILED", "PhysicalResourceId": known, "Reason": reason}
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
