"""The embedded AWS refuses what the catalogue of AWS's rules says that it refuses."""

from typing import Any

import pytest

from harness.aws_clients import Clients, refused, settled
from harness.rules import rule_cases
from harness.rules.case import GROUND
from sagemaker_constructs.core.rules.catalogue import Rule, rules

CODES = {
    "sagemaker": "ValidationException",
    "application-autoscaling": "ValidationException",
    "batch": "ClientException",
}
"""What services answer to a request that they refuse, by their names."""
ENFORCED = [each for each in rules().values() if "emulator" in each.enforced and not rule_cases()[each.id].elsewhere]


@pytest.fixture(scope="module")
def ground(client: Clients) -> Clients:
    """An emulator with what the requests of cases refer to."""
    for (kind, name), request in GROUND.items():
        make, _ = _operation(client, "RegisterScalableTarget" if kind == "ScalableTarget" else f"Create{kind}")
        make(**request)
        if kind == "Endpoint":
            assert settled(client("sagemaker"), name)["EndpointStatus"] == "InService"
    return client


def _operation(client: Clients, name: str) -> tuple[Any, str]:
    """The method of the client that calls this operation, and the code of its refusals."""
    for service, code in CODES.items():
        known = client(service)
        for method, operation in known.meta.method_to_api_mapping.items():
            if operation == name:
                return getattr(known, method), code
    raise AssertionError(f"no service of {[*CODES]} has {name}")


@pytest.mark.parametrize("judged", ENFORCED, ids=lambda each: each.id)
def test_an_entry_refuses_at_run_time(judged: Rule, ground: Clients) -> None:
    call, expected = _operation(ground, judged.operation)
    code, message = refused(call, **rule_cases()[judged.id].refused)
    assert code == expected
    assert (judged.words or judged.statement.rstrip(".")) in message
