"""Messages as records: what is written, in which order, what is given up, and what comes again."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.feature_ingestion.dead_letters import DeadLetters, message_of
from lambdas.feature_ingestion.logic import FeatureIngestion
from lambdas.feature_ingestion.messages import Message
from lambdas.feature_ingestion.schema import GroupSchema, RefusedRecordError
from lambdas.feature_ingestion.store import FeatureStore
from lambdas.feature_ingestion.stream import Stream

FEATURES = {"id": "String", "at": "String", "count": "Integral", "share": "Fractional", "face": "Fractional"}
SCHEMA = GroupSchema("id", "at", FEATURES, frozenset({"face"}))


class Services(ServicesInMemory):
    """A group, a queue of dead letters and a stream.

    ``unprocessed`` says for each entry, in the order of their coming, whether it comes back.
    """

    def __init__(self, *, unprocessed: Callable[[str, int], bool] = lambda _name, _number: False) -> None:
        super().__init__()
        self.features = dict(FEATURES)
        self.written: list[tuple[str, str]] = []
        self.batches: list[int] = []
        self.letters: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.full = False
        self._unprocessed = unprocessed

    def describe_feature_group(self, **asked: Any) -> dict[str, Any]:
        names = [*self.features]
        start = int(asked.get("NextToken") or 0)
        page = [{"FeatureName": name, "FeatureType": self.features[name]} for name in names[start : start + 3]]
        answer = {
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": page,
        }
        return {**answer, "NextToken": str(start + 3)} if start + 3 < len(names) else {**answer, "NextToken": ""}

    def batch_write_record(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.batches.append(len(Entries))
        assert len(Entries) <= 25
        errors: list[dict[str, Any]] = []
        unprocessed: list[dict[str, Any]] = []
        for number, entry in enumerate(Entries):
            values = {each["FeatureName"]: each.get("ValueAsString") for each in entry["Record"]}
            if values.get("count") == "13":
                errors.append({"Entry": entry, "ErrorCode": "ValidationError", "ErrorMessage": "no 13"})
            elif self._unprocessed(values["id"], number):
                unprocessed.append(entry)
            else:
                self.written.append((values["id"], values["at"]))
        return {"Errors": errors, "UnprocessedEntries": unprocessed}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl == "dead"
        assert len(Entries) <= 10
        if self.full:
            return {"Failed": [{"Id": each["Id"]} for each in Entries]}
        for each in Entries:
            told = {"MessageId": f"letter-{len(self.letters)}", "ReceiptHandle": f"{len(self.letters)}"}
            self.letters.append({**told, "Body": each["MessageBody"], "MessageAttributes": each["MessageAttributes"]})
        return {}

    def receive_message(self, *, MaxNumberOfMessages: int, **_asked: Any) -> dict[str, Any]:  # noqa: N803
        shown = [each for each in self.letters if not each.get("hidden")][:MaxNumberOfMessages]
        for each in shown:
            each["hidden"] = True
        return {"Messages": shown} if shown else {}

    def delete_message(self, *, ReceiptHandle: str, **_asked: Any) -> dict[str, Any]:  # noqa: N803
        self.letters = [each for each in self.letters if each["ReceiptHandle"] != ReceiptHandle]
        return {}

    def change_message_visibility(self, *, ReceiptHandle: str, **_asked: Any) -> dict[str, Any]:  # noqa: N803
        for each in self.letters:
            each["hidden"] = each["hidden"] and each["ReceiptHandle"] != ReceiptHandle
        return {}

    def get_shard_iterator(self, *, StartingSequenceNumber: str, **_asked: Any) -> dict[str, Any]:  # noqa: N803
        return {"ShardIterator": StartingSequenceNumber}

    def get_records(self, *, ShardIterator: str, Limit: int) -> dict[str, Any]:  # noqa: N803
        start = int(ShardIterator)
        found = self.records[start : start + min(Limit, 2)]
        return {"Records": found, "NextShardIterator": str(start + len(found))}

    def reasons(self) -> dict[str, str]:
        """Bodies of the dead letters, and their reasons."""
        return {
            message_of(each).body.decode(): each["MessageAttributes"]["Reason"]["StringValue"]
            for each in self.letters
        }


def _ingestion(services: Services, *, patience: int = 3, **given: Any) -> FeatureIngestion:
    attempts = iter(range(patience))
    store = FeatureStore(
        "customers",
        runtime=services,
        sagemaker=services,
        enough=lambda: next(attempts, None) is None,
        sleep=lambda _seconds: None,
    )
    return FeatureIngestion(store, DeadLetters(services, "dead"), **given)


def _message(number: int, name: str = "a", **values: object) -> Message:
    body = {"id": name, "at": f"2026-11-29T06:00:{number:02}Z", **values}
    return Message(str(number), json.dumps(body).encode())


def test_records_are_written_in_batches_and_in_the_order_of_their_identifier() -> None:
    services = Services()
    messages = [_message(number, "ab"[number % 2]) for number in range(6)] + [
        _message(number, f"c{number}") for number in range(30)
    ]
    assert _ingestion(services).take(messages) == []
    assert services.batches == [25, 7, 2, 2]
    for name in "ab":
        times = [at for written, at in services.written if written == name]
        assert times == sorted(times) and len(times) == 3  # noqa: PT018


def test_what_does_not_fit_is_given_up_with_all_reasons() -> None:
    services = Services()
    wrong = [
        (b"{", "no JSON: "),
        (b"[1]", "no JSON object: [1]"),
        (b'{"id": "a"}', "at is required"),
        (b'{"id": "", "at": "2026-11-29T06:00:00Z"}', 'id must be text, got: ""'),
        (b'{"id": "a", "at": "2026-11-29T06:00:00+01:00"}', "at must be such as"),
        (
            b'{"id": 1, "at": "2026-11-29T06:00:00Z", "count": 1.0}',
            "id must be text, got: 1; count must be an integer",
        ),
        (b'{"id": "a", "at": "2026-11-29T06:00:00Z", "count": 9223372036854775808}', "count must be an integer"),
        (b'{"id": "a", "at": "2026-11-29T06:00:00Z", "share": NaN}', "share must be a number, got: NaN"),
        (b'{"id": "a", "at": "2026-11-29T06:00:00Z", "face": 1}', "face must be a list of a number, got: 1"),
        (b'{"id": "a", "at": "2026-11-29T06:00:00Z", "size": 1, "age": 2}', "no features of the group: size, age"),
        (b'{"id": "a", "at": "2026-11-29T06:00:00Z", "count": 13}', "no 13"),
    ]
    messages = [Message(str(number), body) for number, (body, _) in enumerate(wrong)]
    assert _ingestion(services, known=SCHEMA).take(messages) == []
    reasons = services.reasons()
    assert [body for body, words in wrong if not reasons[body.decode()].startswith(words)] == []
    assert services.written == []


def test_bytes_that_are_no_text_can_be_read_again() -> None:
    services = Services()
    _ingestion(services).take([Message("1", b"\xff\x00")])
    [letter] = services.letters
    assert (letter["Body"], message_of(letter).body) == (base64.b64encode(b"\xff\x00").decode(), b"\xff\x00")


def test_other_fields_are_dropped_where_that_is_wanted_and_null_is_no_value() -> None:
    body = json.dumps(
        {"id": "a", "at": "2026-11-29T06:00:00Z", "size": 1, "count": None, "share": 1, "face": [1, 2.5]}
    )
    record = SCHEMA.record(body.encode(), drop_others=True)
    assert [each.get("ValueAsString", each.get("ValueAsStringList")) for each in record.values] == [
        "a",
        "2026-11-29T06:00:00Z",
        "1",
        ["1", "2.5"],
    ]
    with pytest.raises(RefusedRecordError, match="size"):
        SCHEMA.record(body.encode())


def test_a_group_that_has_grown_is_described_again() -> None:
    services = Services()
    ingestion = _ingestion(services)
    services.features["age"] = "Integral"
    assert ingestion.take([_message(1, age=40)]) == []
    assert (services.letters, len(services.written)) == ([], 1)


def test_what_comes_back_is_tried_again_and_overtaken_by_nothing() -> None:
    attempts: list[str] = []

    def unprocessed(name: str, _number: int) -> bool:
        attempts.append(name)
        return name == "a" or attempts.count(name) < 3

    services = Services(unprocessed=unprocessed)
    messages = [_message(1, "a"), _message(2, "b"), _message(3, "a"), _message(4, "b")]
    assert _ingestion(services, patience=5).take(messages) == ["1", "3"]
    assert services.written == [("b", "2026-11-29T06:00:02Z"), ("b", "2026-11-29T06:00:04Z")]


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailable", "AccessDeniedException"])
def test_a_call_that_fails_is_no_fault_of_its_records(code: str) -> None:
    class Failing(Services):
        def batch_write_record(self, **_request: Any) -> dict[str, Any]:
            raise ServiceError(code)

    services = Failing()
    assert _ingestion(services).take([_message(1), _message(2, "b")]) == ["1", "2"]
    assert services.letters == []


def test_of_a_call_that_is_refused_each_record_is_tried_alone() -> None:
    class Strict(Services):
        def batch_write_record(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
            if any(each["ValueAsString"] == "b" for entry in Entries for each in entry["Record"]):
                raise ServiceError("ValidationError", "not b")
            return super().batch_write_record(Entries=Entries)

    services = Strict()
    assert _ingestion(services).take([_message(1), _message(2, "b"), _message(3, "c")]) == []
    assert [name for name, _ in services.written] == ["a", "c"]
    assert list(services.reasons().values()) == ["not b"]


def test_an_sdk_of_before_the_batch_call_writes_one_record_at_a_time() -> None:
    class Older(Services):
        def batch_write_record(self, **_request: Any) -> dict[str, Any]:
            raise AttributeError("object has no attribute 'batch_write_record'")

        def put_record(self, *, FeatureGroupName: str, Record: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
            values = {each["FeatureName"]: each["ValueAsString"] for each in Record}
            if values["id"] == "b":
                raise ServiceError("ValidationError", "not b")
            if values["id"] == "c":
                raise ServiceError("ThrottlingException")
            self.written.append((FeatureGroupName, values["id"]))
            return {}

    services = Older()
    assert _ingestion(services).take([_message(1), _message(2, "b"), _message(3, "c")]) == ["3"]
    assert [name for _, name in services.written] == ["a"]
    assert list(services.reasons().values()) == ["not b"]


def test_what_the_dead_letters_do_not_take_comes_again() -> None:
    services = Services()
    services.full = True
    assert _ingestion(services).take([_message(1), Message("2", b"{")]) == ["2"]


def test_a_message_over_which_the_function_dies_is_given_up_in_the_end() -> None:
    services = Services()
    body = _message(1).body
    assert _ingestion(services, most_received=5).take([Message("1", body, 6), Message("2", body, 5)]) == []
    assert list(services.reasons().values()) == ["Given up after 5 attempts, none of which came to an end."]
    assert len(services.written) == 1


def test_killed_before_or_after_each_call_nothing_is_lost() -> None:
    messages = [*(_message(number, f"c{number}") for number in range(30)), Message("bad", b"{")]
    for after in (False, True):
        for calls in range(10):
            services = Services()
            services.calls_until_death, services.dies_after_the_call = calls, after
            try:
                assert _ingestion(services).take(messages) == []
            except KilledError:
                services.calls_until_death = None
                assert _ingestion(services).take(messages) == []
            assert {name for name, _ in services.written} == {f"c{number}" for number in range(30)}
            assert services.reasons().keys() == {"{"}


def _replay(services: Services, most: int = 100) -> Any:
    ingestion = _ingestion(services, patience=1_000)
    return ingestion.replay(most, Stream(services).batch, lambda: False)


def test_dead_letters_that_fit_by_now_are_written_and_others_stay() -> None:
    services = Services()
    bad: Sequence[Message] = [_message(number, f"c{number}", age=number) for number in range(25)]
    _ingestion(services).take([*bad, Message("x", b"{")])
    services.features["age"] = "Integral"
    assert _replay(services, most=10) == {"written": 10, "refused": {}, "kept": 0}
    answer = _replay(services)
    assert (answer["written"], answer["kept"], len(services.letters)) == (15, 1, 1)
    assert not services.letters[0]["hidden"]


def test_a_batch_that_lambda_gave_up_is_read_from_the_stream_again() -> None:
    services = Services()
    bodies = [_message(number, f"c{number}").body for number in range(5)]
    services.records = [{"SequenceNumber": str(number), "Data": body} for number, body in enumerate(bodies)]
    services.records[3]["Data"] = b"{"
    info = {"shardId": "shard", "startSequenceNumber": "1", "batchSize": 3, "streamArn": "arn"}
    lost = {"MessageId": "lost", "ReceiptHandle": "lost", "Body": json.dumps({"KinesisBatchInfo": info})}
    services.letters.append(lost)
    answer = _replay(services, most=1)
    assert (answer["written"], answer["kept"]) == (2, 0)
    assert [name for name, _ in services.written] == ["c1", "c2"]
    assert services.reasons().keys() == {"{"}
