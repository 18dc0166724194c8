"""Kinesis as a source of functions: batches that fail are divided, tried again, and given up with a destination."""

import io
import itertools
import json
import zipfile
from typing import Any

from harness.aws_clients import ROLE, Clients, wait_for

_numbers = itertools.count()
CODE = """
import base64, boto3, json, os

def handler(event, context):
    data = [json.loads(base64.b64decode(each["kinesis"]["data"])) for each in event["Records"]]
    numbers = [each["kinesis"]["sequenceNumber"] for each in event["Records"]]
    if "deadly" in data:
        raise ValueError("deadly")
    slow = [number for number, each in zip(numbers, data) if each == "slow"]
    failed = [number for number in slow if not os.path.exists("/tmp/" + number)]
    done = data[: numbers.index(failed[0])] if failed else data
    for number in failed:
        open("/tmp/" + number, "w").close()
    body = json.dumps([done, len(data)])
    boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=body)
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""


class Source:
    """A stream of one shard, a function that notes what it sees, and queues for that and for failures."""

    def __init__(self, client: Clients, **mapping: Any) -> None:
        name = f"kinesis-source-{next(_numbers)}"
        self.kinesis, self.sqs, self.functions = client("kinesis"), client("sqs"), client("lambda")
        self.kinesis.create_stream(StreamName=name, ShardCount=1)
        wait_for(lambda: self._described(name)["StreamStatus"], lambda status: status == "ACTIVE")
        self.name = name
        self.seen = self.sqs.create_queue(QueueName=f"{name}-seen")["QueueUrl"]
        self.failures = self.sqs.create_queue(QueueName=f"{name}-failures")["QueueUrl"]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", CODE)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"SEEN": self.seen}},
        )
        self.mapping = mapping

    def begin(self) -> str:
        """Map the stream to the function; returns the mapping's id."""
        failures = self.sqs.get_queue_attributes(QueueUrl=self.failures, AttributeNames=["QueueArn"])
        return self.functions.create_event_source_mapping(
            FunctionName=self.name,
            EventSourceArn=self._described(self.name)["StreamARN"],
            StartingPosition="TRIM_HORIZON",
            DestinationConfig={"OnFailure": {"Destination": failures["Attributes"]["QueueArn"]}},
            **self.mapping,
        )["UUID"]

    def put(self, *values: str) -> list[str]:
        """Put values in their order; their sequence numbers."""
        put = [
            self.kinesis.put_record(StreamName=self.name, Data=json.dumps(each).encode(), PartitionKey="a")
            for each in values
        ]
        return [each["SequenceNumber"] for each in put]

    def messages(self, queue: str, wanted: int) -> list[Any]:
        """So many messages of a queue, in their order."""
        found: list[Any] = []

        def more() -> int:
            received = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for each in received.get("Messages", ()):
                found.append(json.loads(each["Body"]))
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
            return len(found)

        wait_for(more, lambda count: count >= wanted)
        return found

    def _described(self, name: str) -> Any:
        return self.kinesis.describe_stream(StreamName=name)["StreamDescription"]


def test_a_batch_that_fails_is_divided_until_one_record_is_given_up(client: Clients) -> None:
    source = Source(client, BatchSize=8, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
    numbers = source.put("a", "b", "c", "deadly", "d", "e", "f", "g", "h")
    source.begin()
    [failure] = source.messages(source.failures, 1)
    assert failure["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert failure["requestContext"]["approximateInvokeCount"] == 2
    batch = failure["KinesisBatchInfo"]
    assert (batch["startSequenceNumber"], batch["endSequenceNumber"], batch["batchSize"]) == (
        numbers[3],
        numbers[3],
        1,
    )
    seen = [value for done, _ in source.messages(source.seen, 4) for value in done]
    assert seen == ["a", "b", "c", "d", "e", "f", "g", "h"]


def test_a_batch_goes_on_from_the_record_that_has_failed(client: Clients) -> None:
    source = Source(client, BatchSize=100, FunctionResponseTypes=["ReportBatchItemFailures"])
    source.put("a", "b", "slow", "c", "d")
    source.begin()
    assert source.messages(source.seen, 2) == [[["a", "b"], 5], [["slow", "c", "d"], 3]]


def test_without_division_the_whole_batch_is_given_up_and_the_next_one_comes(client: Clients) -> None:
    source = Source(client, BatchSize=3, MaximumRetryAttempts=0)
    source.put("a", "deadly", "b", "c")
    source.begin()
    [failure] = source.messages(source.failures, 1)
    assert failure["KinesisBatchInfo"]["batchSize"] == 3
    assert source.messages(source.seen, 1) == [[["c"], 1]]
