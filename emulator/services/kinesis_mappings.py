"""Kinesis streams as sources of Lambda functions: partial failures, bisection, retries and destinations of failures.

MiniStack repeats a batch that fails for ever. Each shard of a mapping has a place of its own here, and a thread while
it has records.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, in_process

logger = logging.getLogger("emulator.kinesis")

COVERAGE = (
    Coverage(
        "Kinesis as a source of functions",
        real="order by shard, batches, partial failures, bisection, retries, the age of records, destinations of"
        " failures (queues and topics), filters",
        recorded="batching windows (a batch is what is there), parallelization (one batch of a shard at a time),"
        " enhanced fan-out, tumbling windows",
    ),
)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
_FOR_EVER = -1
_REPORTED = "ReportBatchItemFailures"


@dataclass
class _Place:
    """Where a mapping is in a shard: ends of batches that were divided, attempts, and the pause before the next."""

    ends: list[int] = field(default_factory=list[int])
    attempts: int = 0
    pause: float = 0.0
    busy: bool = False


class KinesisMappings:
    """Hands records of streams over to functions; in place of MiniStack's own poller."""

    def __init__(self) -> None:
        self._functions = hooks.module("ministack.services.lambda_svc")
        self._streams = hooks.module("ministack.services.kinesis")._streams
        self._places: dict[tuple[str, str], _Place] = {}

    def take_over(self) -> None:
        """From now on, batches are handed over by this."""
        self._functions._poll_kinesis = self.poll

    def poll(self) -> bool:
        """Begin with every shard that has records; returns whether there was one."""
        began = False
        for account, region, mapping in self._functions._iter_all_esms():
            source = str(mapping.get("EventSourceArn", ""))
            if ":kinesis:" not in source or not mapping.get("Enabled", True):
                continue
            with hooks.in_scope(account, region):
                stream = self._stream(source)
                function, _ = self._functions._get_func_record_for_qualifier(
                    mapping["FunctionName"], mapping.get("Qualifier")
                )
                if stream is None or function is None:
                    continue
                positions = self._positions(mapping, stream)
            for shard, held in stream["shards"].items():
                place = self._places.setdefault((mapping["UUID"], shard), _Place())
                waits = positions.setdefault(shard, 0) < len(held["records"])
                if waits and not place.busy:
                    place.busy = began = True
                    work = (account, region, mapping, function, shard, held, positions, place)
                    threading.Thread(target=self._work, args=work, name="kinesis-mapping", daemon=True).start()
        return began

    def _stream(self, arn: str) -> Any:
        account, region = arn.split(":")[4], arn.split(":")[3]
        stream = self._streams.get_scoped(account, region, arn.split("/", 1)[1])
        return stream if stream and stream["StreamStatus"] == "ACTIVE" else None

    def _positions(self, mapping: Mapping[str, Any], stream: Mapping[str, Any]) -> dict[str, int]:
        known = self._functions._kinesis_positions
        if mapping["UUID"] not in known:
            oldest = mapping.get("StartingPosition", "LATEST") == "TRIM_HORIZON"
            shards: Mapping[str, Any] = stream["shards"]
            known[mapping["UUID"]] = {name: 0 if oldest else len(held["records"]) for name, held in shards.items()}
        return known[mapping["UUID"]]

    def _work(
        self,
        account: str,
        region: str,
        mapping: Mapping[str, Any],
        function: Any,
        shard: str,
        held: Mapping[str, Any],
        positions: dict[str, int],
        place: _Place,
    ) -> None:
        """Hand over batches of a shard until there is none left."""
        try:
            with hooks.in_scope(account, region):
                while mapping["UUID"] in self._functions._esms and mapping.get("Enabled", True):
                    start = positions[shard]
                    end = self._end(mapping, place, start, len(held["records"]))
                    if end <= start:
                        return
                    done = self._hand_over(mapping, function, shard, held["records"][start:end], place)
                    if done == 0 and mapping.get("BisectBatchOnFunctionError") and end - start > 1:
                        # A batch that is divided is none of the attempts that are counted.
                        place.attempts -= 1
                        place.ends += [end, start + (end - start) // 2]
                    positions[shard] = start + done
                    time.sleep(place.pause)
        except Exception:
            logger.exception("records of %s", mapping.get("EventSourceArn"))
            time.sleep(_LONGEST_PAUSE_SECONDS)
        finally:
            place.busy = False
            self._functions._esm_wake.set()

    @staticmethod
    def _end(mapping: Mapping[str, Any], place: _Place, start: int, last: int) -> int:
        while place.ends and place.ends[-1] <= start:
            place.ends.pop()
            place.attempts = 0
        whole = min(last, start + int(mapping.get("BatchSize", 100)))
        return min(whole, place.ends[-1]) if place.ends else whole

    def _hand_over(
        self, mapping: Mapping[str, Any], function: Any, shard: str, held: Sequence[Mapping[str, Any]], place: _Place
    ) -> int:
        """Call the function with records; returns how many of them are done with."""
        oldest = int(mapping.get("MaximumRecordAgeInSeconds", _FOR_EVER))
        aged = [each for each in held if 0 < oldest < time.time() - float(each["ApproximateArrivalTimestamp"])]
        if aged:
            # Records are in the order of their arrival: those that are too old come first.
            return self._give_up(mapping, function, shard, held[: len(aged)], place, "RecordAgeExceeded")
        records = [_record(mapping, shard, each) for each in held]
        wanted = self._functions._apply_filter_criteria(records, mapping)
        if not wanted:
            return len(held)
        place.attempts += 1
        result: Mapping[str, Any] = self._functions._execute_function(function, {"Records": wanted})
        failed = _first_failed(mapping, result, held)
        if failed is None:
            place.attempts, place.pause = 0, 0.0
            return len(held)
        logger.warning("a batch of %d records failed: %s", len(held), result.get("body"))
        if failed:
            place.attempts = 1
        most = int(mapping.get("MaximumRetryAttempts", _FOR_EVER))
        divided = failed == 0 and mapping.get("BisectBatchOnFunctionError") and len(held) > 1
        if most != _FOR_EVER and place.attempts > most and not divided:
            return self._give_up(mapping, function, shard, held[failed:], place, "RetryAttemptsExhausted") + failed
        place.pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(place.attempts, 8))
        return failed

    def _give_up(
        self,
        mapping: Mapping[str, Any],
        function: Any,
        shard: str,
        held: Sequence[Mapping[str, Any]],
        place: _Place,
        condition: str,
    ) -> int:
        attempts, place.attempts, place.pause = place.attempts, 0, 0.0
        destinations: Mapping[str, Mapping[str, str]] = mapping.get("DestinationConfig") or {}
        target = destinations.get("OnFailure", {}).get("Destination", "")
        told = {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": (function.get("config") or function).get("FunctionArn", ""),
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "version": "1.0",
            "timestamp": _time(time.time()),
            "KinesisBatchInfo": {
                "shardId": shard,
                "startSequenceNumber": held[0]["SequenceNumber"],
                "endSequenceNumber": held[-1]["SequenceNumber"],
                "approximateArrivalOfFirstRecord": _time(held[0]["ApproximateArrivalTimestamp"]),
                "approximateArrivalOfLastRecord": _time(held[-1]["ApproximateArrivalTimestamp"]),
                "batchSize": len(held),
                "streamArn": mapping["EventSourceArn"],
            },
        }
        if ":sqs:" in target:
            address = in_process.call("sqs", "GetQueueUrl", {"QueueName": target.rsplit(":", 1)[1]})["QueueUrl"]
            in_process.call("sqs", "SendMessage", {"QueueUrl": address, "MessageBody": json.dumps(told)})
        elif ":sns:" in target:
            in_process.call("sns", "Publish", {"TopicArn": target, "Message": json.dumps(told)})
        elif target:
            logger.error("the emulator sends failures to queues and topics, not to %s: %s", target, told)
        return len(held)


def _first_failed(
    mapping: Mapping[str, Any], result: Mapping[str, Any], held: Sequence[Mapping[str, Any]]
) -> int | None:
    """The place of the first record that has failed; None when all is well."""
    if result.get("error"):
        return 0
    if _REPORTED not in (mapping.get("FunctionResponseTypes") or ()):
        return None
    body: Any = result.get("body")
    try:
        answer: dict[str, Any] = (json.loads(body) if isinstance(body, str) else body) or {}
        failures: Sequence[Mapping[str, str]] = answer.get("batchItemFailures") or ()
        named = [each["itemIdentifier"] for each in failures]
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0  # As in AWS: an answer that cannot be read is a failure of the whole batch.
    numbers = [each["SequenceNumber"] for each in held]
    if not named:
        return None
    return min(numbers.index(each) if each in numbers else 0 for each in named)


def _record(mapping: Mapping[str, Any], shard: str, held: Mapping[str, Any]) -> dict[str, Any]:
    source = str(mapping["EventSourceArn"])
    account, region = source.split(":")[4], source.split(":")[3]
    data: Any = held["Data"]
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": held["PartitionKey"],
            "sequenceNumber": held["SequenceNumber"],
            # The API takes data as base64, and so it is kept.
            "data": base64.b64encode(data).decode() if isinstance(data, bytes) else data,
            "approximateArrivalTimestamp": held["ApproximateArrivalTimestamp"],
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{held['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{account}:role/lambda-role",
        "awsRegion": region,
        "eventSourceARN": source,
    }


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(float(seconds), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
