"""docs/alarms.md: each alarm that can wake somebody has its steps there."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from harness.documents import PACKAGE, PROJECT

PAGE = PROJECT / "docs" / "alarms.md"
HEADINGS = re.findall(r"^### (.+)$", PAGE.read_text(), re.MULTILINE)
TEMPLATES = sorted((PROJECT / "tests" / "snapshot" / "templates").rglob("*.json"))
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def _words_of_rules() -> Iterator[str]:
    """What the rules of all constructs say, where it is written in one piece."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            named = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if isinstance(node, ast.Call) and named in ("AlarmRule", "WatchedMetric"):
                words = node.args[1]
                if isinstance(words, ast.Constant):
                    yield str(words.value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    [(_, joined)] = cast("dict[str, Any]", value).items()
    return "".join(each if isinstance(each, str) else "…" for each in joined[1])


def _texts_of_templates() -> Iterator[str]:
    for file in TEMPLATES:
        for resource in json.loads(file.read_text()).get("Resources", {}).values():
            if resource["Type"] in ALARMS:
                yield _text(resource["Properties"]["AlarmDescription"])


@pytest.mark.parametrize("words", sorted(set(_words_of_rules())))
def test_a_rule_has_its_steps(words: str) -> None:
    assert words in HEADINGS


def test_the_text_of_each_alarm_of_the_platform_leads_to_a_heading() -> None:
    texts = set(_texts_of_templates())
    assert len(texts) > 50
    peak = re.compile(r"has a peak of \d+ invocations per instance")
    lost = [
        text
        for text in texts
        if not any(heading in text for heading in HEADINGS)
        and "drift-runbook.md#" not in text
        and not (peak.search(text) and "peak of invocations per instance" in HEADINGS)
    ]
    assert lost == []
