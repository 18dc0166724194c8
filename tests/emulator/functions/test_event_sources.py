"""Sources of functions that Lambda refuses: by the API, by an update and in a stack."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused
from harness.deployed_stack import Stack, resource
from harness.rules import rule_cases
from harness.rules.case import TOLD
from sagemaker_constructs.core.rules.catalogue import Rule, breaches, rules

CREATE = "CreateEventSourceMapping"
JUDGED = [each for each in rules().values() if each.operation == CREATE]
PROGRAM = "def handler(event, context): return None"


@pytest.fixture(scope="module")
def functions(client: Clients) -> Any:
    """A function and queues, as the cases of rules are told of them."""
    for (kind, name), known in TOLD.items():
        if kind == "Queue":
            fifo = {"FifoQueue": "true"} if known["FifoQueue"] else {}
            attributes = {"VisibilityTimeout": str(known["VisibilityTimeout"]), **fifo}
            client("sqs").create_queue(QueueName=name.rpartition(":")[2], Attributes=attributes)
        if kind == "Function":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("index.py", PROGRAM)
            code = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": packed.getvalue()}}
            client("lambda").create_function(FunctionName=name, Role=ROLE, **code, **known)
    return client("lambda")


@pytest.fixture
def made(functions: Any) -> Iterator[list[str]]:
    """Mappings to delete."""
    identifiers: list[str] = []
    yield identifiers
    for each in identifiers:
        functions.delete_event_source_mapping(UUID=each)


def _words(judged: Rule) -> str:
    request = rule_cases()[judged.id].refused
    [breach] = breaches(CREATE, request, lambda kind, name: TOLD.get((kind, name)), "emulator")
    return breach.at_run_time


@pytest.mark.parametrize("judged", JUDGED, ids=lambda each: each.id)
def test_a_mapping_is_refused_that_lambda_refuses(judged: Rule, functions: Any, made: list[str]) -> None:
    case = rule_cases()[judged.id]
    answer = refused(functions.create_event_source_mapping, **case.refused)
    assert answer == ("InvalidParameterValueException", _words(judged))
    made.append(functions.create_event_source_mapping(**case.taken)["UUID"])


def test_words_are_those_of_lambda(functions: Any) -> None:
    request = rule_cases()["messages-are-hidden-while-their-function-runs"].refused
    words = "Queue visibility timeout: 59 seconds is less than Function timeout: 60 seconds"
    assert refused(functions.create_event_source_mapping, **request)[1] == words


def test_a_change_is_refused_too(functions: Any, made: list[str]) -> None:
    taken = rule_cases()["fifo-queues-have-no-batching-window"].taken
    identifier = functions.create_event_source_mapping(**taken)["UUID"]
    made.append(identifier)
    words = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    wanted = {"UUID": identifier, "BatchSize": 11, "MaximumBatchingWindowInSeconds": 0}
    assert refused(functions.update_event_source_mapping, **wanted) == ("InvalidParameterValueException", words)
    assert functions.update_event_source_mapping(UUID=identifier, BatchSize=11)["BatchSize"] == 11


def test_a_stack_with_a_hasty_queue_fails(functions: Any, client: Clients) -> None:
    del functions
    request = rule_cases()["messages-are-hidden-while-their-function-runs"]
    stack = Stack(client("cloudformation"), "hasty-events")
    assert stack.create(Mapping=resource("Lambda::EventSourceMapping", **request.refused)) == "ROLLBACK_COMPLETE"
    assert any("59 seconds is less than Function timeout: 60 seconds" in each for each in stack.reasons())
