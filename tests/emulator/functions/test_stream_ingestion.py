"""Records from a stream and from a queue: all that is right is written, all that is wrong has its reason."""

import json
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kinesis as kinesis

import sagemaker_constructs as sm
from harness.aws_clients import Clients, wait_for
from harness.features.records import offline, online
from harness.published_stack import deploy

RECORDS, CUSTOMERS, POISON, REPEATED, LATE = 10_000, 400, 500, 300, 300
SCHEMA = sm.FeatureSchema(
    "customer", "at", {"customer": "String", "at": "String", "calls": "Integral", "minutes": "Fractional"}
)
REASONS = {
    "no JSON": "no JSON: ",
    "no time": "at is required",
    "no number": 'calls must be an integer of 64 bits, got: "many"',
    "unknown": "no features of the group: tier",
}


class Ingestion:
    """A group that takes records from a stream and from a queue."""

    def __init__(self, client: Clients, outputs: Mapping[str, str]) -> None:
        self.client = client
        self.outputs = outputs
        self.group = outputs["Group"]

    def letters(self, queue: str) -> Iterator[tuple[str, str]]:
        """Bodies and reasons of all dead letters; they stay in the queue."""
        sqs = self.client("sqs")
        while received := sqs.receive_message(
            QueueUrl=self.outputs[queue],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            VisibilityTimeout=3,
        ).get("Messages"):
            for each in received:
                yield each["Body"], each["MessageAttributes"]["Reason"]["StringValue"]

    def replay(self, function: str) -> Any:
        """Try the dead letters again."""
        answer = self.client("lambda").invoke(FunctionName=self.outputs[function], Payload=b'{"replay": 1000}')
        return json.loads(answer["Payload"].read())


@pytest.fixture(scope="module")
def ingestion(client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Ingestion:
    def build(stack: cdk.Stack) -> None:
        group = sm.FeatureGroup(
            stack,
            "Customers",
            schema=SCHEMA,
            online=sm.OnlineStore(),
            offline=sm.OfflineStore(table_format="Glue"),
            throughput=sm.ProvisionedThroughput(reads=100, writes=1_500),
        )
        stream = kinesis.Stream(stack, "Arrivals", shard_count=4)
        streamed = sm.StreamIngestion(stack, "Streamed", group=group, stream=stream, batch_size=500)
        queued = sm.StreamIngestion(stack, "Queued", group=group)
        outputs = {
            "Group": group.name,
            "Stream": stream.stream_name,
            "StreamLetters": streamed.dead_letters_url,
            "StreamFunction": streamed.function_arn,
            "Queue": str(queued.queue_url),
            "QueueLetters": queued.dead_letters_url,
            "QueueFunction": queued.function_arn,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    outdir = Path(tmp_path_factory.mktemp("stream-ingestion"))
    stack = deploy(client, "stream-ingestion", build, context={}, outdir=outdir)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}
    return Ingestion(client, outputs)


def _events(chance: random.Random) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Good records in the order in which they arrive, some again and some late; and all bodies with their keys."""
    counts: dict[str, int] = defaultdict(int)
    good: list[dict[str, Any]] = []
    for number in range(RECORDS - POISON - REPEATED):
        customer = f"customer-{chance.randrange(CUSTOMERS)}"
        counts[customer] += 1
        at = f"2026-11-29T{counts[customer] // 60:02}:{counts[customer] % 60:02}:00Z"
        good.append({"customer": customer, "at": at, "calls": number, "minutes": number / 7})
    for _ in range(LATE):
        # It arrives some places after another record of its customer, which happened later.
        place = chance.randrange(len(good) - 1)
        good.insert(min(len(good), place + chance.randrange(1_000)), good.pop(place))
    bodies = [(each["customer"], json.dumps(each)) for each in good]
    for _ in range(REPEATED):
        place = chance.randrange(len(bodies))
        bodies.insert(place + chance.randrange(200), bodies[place])
    return good, bodies


def _poison(number: int) -> tuple[str, str]:
    """What is wrong with a record, and its body, of which there is no other."""
    right = {"customer": f"poison-{number}", "at": "2026-11-29T06:00:00Z", "calls": number}
    wrong = {
        "no JSON": f"customer {number}",
        "no time": json.dumps({**right, "at": None}),
        "no number": json.dumps({**right, "calls": "many"}),
        "unknown": json.dumps({**right, "tier": 1}),
    }
    kind = [*wrong][number % len(wrong)]
    return kind, wrong[kind]


def _kill(function: str) -> bool:
    """Kill the process of a function, as `kill -9` does; returns whether there was one."""
    wanted = f"AWS_LAMBDA_FUNCTION_NAME={function.rpartition(':')[2]}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
                return True
        except OSError:
            continue
    return False


def _put(client: Clients, stream: str, bodies: Sequence[tuple[str, str]]) -> None:
    for start in range(0, len(bodies), 500):
        records = [{"Data": body.encode(), "PartitionKey": key} for key, body in bodies[start : start + 500]]
        assert client("kinesis").put_records(StreamName=stream, Records=records)["FailedRecordCount"] == 0


def test_every_good_record_is_written_and_every_bad_one_has_its_reason(ingestion: Ingestion) -> None:
    client, chance = ingestion.client, random.Random(7)
    good, bodies = _events(chance)
    poison = {body: kind for kind, body in map(_poison, range(POISON))}
    for body in poison:
        bodies.insert(chance.randrange(len(bodies)), (body, body))
    assert len(bodies) == RECORDS
    done, killed = threading.Event(), [0]

    def kills() -> None:
        while killed[0] < 3 and not done.wait(0.7):
            killed[0] += _kill(ingestion.outputs["StreamFunction"])

    killer = threading.Thread(target=kills)
    killer.start()
    _put(client, ingestion.outputs["Stream"], bodies)
    keys = {(each["customer"], each["at"]) for each in good}

    def streamed() -> list[dict[str, Any]]:
        found = offline(client, ingestion.group)
        return [row for row in found if row["customer"].startswith("customer-")]

    def missing() -> set[tuple[str, str]]:
        time.sleep(1)  # Reading all files costs more than waiting.
        return keys - {(row["customer"], row["at"]) for row in streamed()}

    wait_for(missing, lambda left: not left)
    letters: dict[str, str] = {}

    def all_letters() -> int:
        letters.update(ingestion.letters("StreamLetters"))
        return len(letters)

    wait_for(all_letters, lambda count: count >= POISON)
    done.set()
    killer.join()
    assert killed == [3]

    rows = streamed()
    assert {(row["customer"], row["at"]) for row in rows} == keys
    by_key = {(each["customer"], each["at"]): each for each in good}
    # What came twice, and what a killed function had written already, is the same event.
    assert all(by_key[row["customer"], row["at"]].items() <= row.items() for row in rows)
    newest = {each["customer"]: each for each in sorted(good, key=lambda each: each["at"])}
    for customer, event in newest.items():
        found = online(client, ingestion.group, customer)
        assert found == {name: str(value) for name, value in event.items()}
    arrived: dict[tuple[str, str], Any] = {}
    for row in sorted(rows, key=lambda each: each["api_invocation_time"]):
        arrived.setdefault((row["customer"], row["at"]), row["api_invocation_time"])
    order: dict[str, list[Any]] = defaultdict(list)
    for each in good:
        order[each["customer"]].append(arrived[each["customer"], each["at"]])
    assert all(times == sorted(times) for times in order.values())

    assert letters.keys() == poison.keys()
    assert all(letters[body].startswith(REASONS[kind]) for body, kind in poison.items())


def test_dead_letters_are_written_once_the_group_takes_them(ingestion: Ingestion) -> None:
    queue, sqs = ingestion.outputs["Queue"], ingestion.client("sqs")
    messages = {
        "fits": {"customer": "fits", "at": "2026-11-29T06:00:00Z", "calls": 1},
        "grows": {"customer": "grows", "at": "2026-11-29T06:00:00Z", "segment": "private"},
        "late": {"customer": "late", "at": "06:00"},
    }
    for body in messages.values():
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    letters: dict[str, str] = {}

    def all_letters() -> int:
        letters.update(ingestion.letters("QueueLetters"))
        return len(letters)

    wait_for(all_letters, lambda count: count == 2)
    assert letters[json.dumps(messages["grows"])] == "no features of the group: segment"
    late = letters[json.dumps(messages["late"])]
    assert late.startswith("at must be such as 2026-11-29T06:00:00Z")
    wait_for(lambda: online(ingestion.client, ingestion.group, "fits"), bool)
    added = [{"FeatureName": "segment", "FeatureType": "String"}]
    ingestion.client("sagemaker").update_feature_group(FeatureGroupName=ingestion.group, FeatureAdditions=added)

    def shown() -> int:
        names = ["ApproximateNumberOfMessages"]
        return int(
            sqs.get_queue_attributes(QueueUrl=ingestion.outputs["QueueLetters"], AttributeNames=names)["Attributes"][
                names[0]
            ]
        )

    wait_for(shown, lambda count: count == 2)
    assert ingestion.replay("QueueFunction") == {"written": 1, "refused": {late: 1}, "kept": 1}
    assert online(ingestion.client, ingestion.group, "grows", FeatureNames=["segment"]) == {"segment": "private"}
    assert [body for body, _ in ingestion.letters("QueueLetters")] == [json.dumps(messages["late"])]
