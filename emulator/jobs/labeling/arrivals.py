"""Objects that are told to a streaming job while it runs: a queue of its own at the topic for its input.

https://docs.aws.amazon.com/sagemaker/latest/dg/sms-streaming-how-it-works-sqs.html
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote_plus

from emulator.containers.errors import DataPlaneError
from emulator.jobs.labeling.request import LabelingRequest
from emulator.ministack import in_process
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.labeling")

KEY_NAME = "dataset-objectid-attribute-name"
"""The member of a message that names the one by which the object is known."""
_KEY = re.compile(r"[$a-zA-Z0-9](-*[a-zA-Z0-9])*")
_LONGEST_KEY, _LONGEST_ID = 140, 1_024
_MOST_AT_A_TIME = 10
_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True)
class Arrival:
    """An object of which a message has told.

    Args:
        id: By which it is known again.
        line: The object as a line of a manifest, with the members that say by what it is known.
        failure: Why nobody can be asked about it; empty for none.
    """

    id: str
    line: Mapping[str, Any]
    failure: str = ""


class ArrivalQueue:
    """The queue `GroundTruth-<job>`, which stays when the job has ended, as AWS's does: objects may be left in it.

    Args:
        job: The job.
    """

    def __init__(self, job: LabelingRequest) -> None:
        self._job = job
        self._name = f"GroundTruth-{job.name.lower()}"
        self._url = ""
        self._subscription = ""

    def open(self) -> None:
        """Make the queue and subscribe it to the topic. Raises DataPlaneError when either cannot be."""
        made = {"QueueName": self._name, "Attributes": {"MessageRetentionPeriod": str(_RETENTION_SECONDS)}}
        try:
            self._url = in_process.call("sqs", "CreateQueue", made)["QueueUrl"]
            asked = {"QueueUrl": self._url, "AttributeNames": ["QueueArn"]}
            arn = in_process.call("sqs", "GetQueueAttributes", asked)["Attributes"]["QueueArn"]
            wanted = {"TopicArn": self._job.arrivals, "Protocol": "sqs", "Endpoint": arn}
            self._subscription = in_process.call("sns", "Subscribe", wanted)["SubscriptionArn"]
        except ServiceError as error:
            raise DataPlaneError(f"{self._job.arrivals} cannot be subscribed to: {error}") from error

    def take(self, most: int) -> Sequence[Arrival]:
        """The next objects; the others wait in the queue. Raises DataPlaneError when there is no queue any more."""
        asked = {"QueueUrl": self._url, "MaxNumberOfMessages": min(most, _MOST_AT_A_TIME)}
        try:
            messages = in_process.call("sqs", "ReceiveMessage", asked).get("Messages", [])
            for each in messages:
                handle = {"QueueUrl": self._url, "ReceiptHandle": each["ReceiptHandle"]}
                in_process.call("sqs", "DeleteMessage", handle)
        except ServiceError as error:
            raise DataPlaneError(f"the queue {self._name} cannot be read: {error}") from error
        return [arrival for each in messages for arrival in arrivals(each["Body"], self._job.attribute)]

    def close(self) -> None:
        """Unsubscribe the queue."""
        if self._subscription:
            in_process.call("sns", "Unsubscribe", {"SubscriptionArn": self._subscription})


def arrivals(body: str, attribute: str) -> Sequence[Arrival]:
    """The objects of a message of a topic: a line of a manifest, or S3's notification of new objects.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sms-streaming-impotency.html
    """
    envelope: dict[str, Any] = json.loads(body)
    identifier, text = str(envelope["MessageId"]), str(envelope["Message"])
    own = f"${attribute}-object-id"
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        return [Arrival(identifier, {"source": text}, f"the message {identifier} is no JSON object")]
    given = cast(dict[str, Any], message)
    if given.get("Event") == "s3:TestEvent":
        return []
    if "Records" in given:
        return [_of_s3(record["s3"], own) for record in given["Records"]]
    if not given.keys() & {"source", "source-ref"}:
        return [Arrival(identifier, given, f"the message {identifier} has neither source-ref nor source")]
    key = given.get(KEY_NAME)
    if key is None:
        return [Arrival(identifier, {**given, KEY_NAME: own, own: identifier})]
    if not (isinstance(key, str) and len(key) <= _LONGEST_KEY and _KEY.fullmatch(key)):
        return [Arrival(identifier, given, f"{KEY_NAME} must be letters, digits and hyphens, got: {key}")]
    value = given.get(key)
    if not (isinstance(value, str) and 0 < len(value) <= _LONGEST_ID):
        return [Arrival(identifier, given, f"{key} must be 1 to {_LONGEST_ID} characters, got: {value}")]
    return [Arrival(value, given)]


def _of_s3(record: Mapping[str, Any], own: str) -> Arrival:
    url = f"s3://{record['bucket']['name']}/{unquote_plus(record['object']['key'])}"
    sequencer = str(record["object"].get("sequencer", ""))
    identifier = f"{url}-{sequencer}"
    return Arrival(identifier, {"source-ref": url, KEY_NAME: own, own: identifier, "$sequencer": sequencer})


def tell(topic: str, line: Mapping[str, Any]) -> None:
    """Publish a label; nothing happens without a topic, and a failure is logged."""
    if not topic:
        return
    try:
        in_process.call("sns", "Publish", {"TopicArn": topic, "Message": json.dumps(line)})
    except ServiceError as error:
        logger.error("nothing was published to %s: %s", topic, error.message)
