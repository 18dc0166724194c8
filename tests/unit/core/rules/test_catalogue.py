"""The catalogue of AWS's rules: every entry refuses at synth where it says so, and its page is current."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import cast

import pytest
from aws_cdk import Stack

from harness.documents import PROJECT
from harness.rules import rule_cases
from harness.rules.case import GROUND, TOLD, Request
from harness.rules.releases import KNOWN as RELEASES
from harness.rules.workbench.studio import KNOWN
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.rules.catalogue import Call, Rule, breaches, rule, rules
from tools.aws_rules import page

RULES = rules()
ENFORCED = {name: each for name, each in RULES.items() if each.enforced}
_UNKNOWN = "${Token[Unknown.1]}"
_UNKNOWN_NUMBER = -1.8881545897087968e289


def _find(kind: str, name: str) -> Request | None:
    return GROUND.get((kind, name)) or TOLD.get((kind, name)) or KNOWN.get((kind, name)) or RELEASES.get((kind, name))


def _broken(judged: Rule, request: Request) -> list[object]:
    return list(judged.check(Call(request, _find)))


def test_every_entry_has_its_case() -> None:
    assert rule_cases().keys() == ENFORCED.keys()


@pytest.mark.parametrize("judged", ENFORCED.values(), ids=ENFORCED)
def test_an_entry_refuses_one_request_and_takes_the_next(judged: Rule) -> None:
    case = rule_cases()[judged.id]
    assert _broken(judged, case.refused)
    assert not _broken(judged, case.taken)


@pytest.mark.parametrize(
    "judged", [each for each in RULES.values() if "synth" in each.enforced], ids=lambda each: each.id
)
def test_an_entry_refuses_at_synth(judged: Rule, stack: Stack) -> None:
    build = rule_cases()[judged.id].synth
    assert build is not None, "an entry that synth enforces needs a construct that breaks it"
    with pytest.raises(InvalidInput, match=re.escape(judged.statement.rstrip("."))):
        build(stack)


@pytest.mark.parametrize(
    "shown", [case.elsewhere for case in rule_cases().values() if case.elsewhere], ids=lambda shown: shown
)
def test_what_is_shown_elsewhere_is_shown_there(shown: str) -> None:
    file, _, name = shown.partition("::")
    assert f"def {name}(" in (PROJECT / file).read_text()


@pytest.mark.parametrize("judged", ENFORCED.values(), ids=ENFORCED)
def test_values_that_only_a_deployment_knows_pass(judged: Rule) -> None:
    case = rule_cases()[judged.id]
    for request in _with_tokens(case.taken):
        assert not _broken(judged, request), request
    for request in _with_tokens(case.refused):
        _broken(judged, request)


@pytest.mark.parametrize("judged", RULES.values(), ids=RULES)
def test_an_entry_says_what_where_and_since_when(judged: Rule) -> None:
    assert judged.statement.endswith(".")
    assert judged.source.startswith(("https://docs.aws.amazon.com/", "https://github.com/", "https://repost.aws/"))
    assert judged.read.year >= 2026


def test_a_rule_stands_once() -> None:
    def hostnames_are_unique(call: Call) -> Iterator[tuple[str, object]]:
        yield "", call

    with pytest.raises(ValueError, match="stands in the catalogue already"):
        rule("CreateModel", "https://docs.aws.amazon.com/", read="2026-11-24")(hostnames_are_unique)


def test_a_breach_names_place_and_value() -> None:
    request = rule_cases()["hostnames-are-unique"].refused
    [breach] = breaches("CreateModel", request, _find, "emulator")
    assert breach.path == "Containers[1].ContainerHostname"
    assert breach.at_run_time == "Each ContainerHostname must be unique within the model, got: first twice."


def test_the_catalogue_needs_no_cdk() -> None:
    program = (
        "import sys; sys.modules['aws_cdk'] = sys.modules['constructs'] = None;"
        "from sagemaker_constructs.core.rules.catalogue import rules; print(len(rules()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(RULES)


def test_the_page_is_current() -> None:
    written = (PROJECT / "docs" / "aws-rules.md").read_text(encoding="utf-8")
    assert written == page(), "Run: make schema"


def _with_tokens(value: object) -> Iterator[Request]:
    """``value`` again and again, each time with another of its values only known at deployment."""
    for changed in _changed(value):
        assert isinstance(changed, dict)
        yield cast(Request, changed)


def _changed(value: object) -> Iterator[object]:
    match value:
        case dict():
            members = cast(dict[str, object], value)
            for name, item in members.items():
                yield from ({**members, name: other} for other in _changed(item))
        case list():
            items = cast(list[object], value)
            for index, item in enumerate(items):
                yield from ([*items[:index], other, *items[index + 1 :]] for other in _changed(item))
        case bool():
            yield _UNKNOWN
        case int() | float():
            yield _UNKNOWN_NUMBER
        case _:
            yield _UNKNOWN
