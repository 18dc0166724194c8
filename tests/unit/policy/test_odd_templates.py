"""Whatever stands where a value is expected, judging and comparing end with an answer and not with an exception."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.policy.hardened import RESOURCES
from sagemaker_constructs.core.templates.intrinsics import is_list, is_structure
from sagemaker_constructs.plan import report_changes
from sagemaker_constructs.policy import PolicyRule, judge, policy_rules

_ODD: tuple[Any, ...] = ({"Ref": "Elsewhere"}, "text", 7, True, [], {}, [{"Ref": "Elsewhere"}], None)


def _changed(value: Any) -> Iterator[Any]:
    """``value`` again and again, each time with something odd in another place."""
    yield from _ODD
    if is_structure(value):
        for name, each in value.items():
            yield from ({**value, name: other} for other in _changed(each))
    if is_list(value):
        for index, each in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in _changed(each))


@pytest.mark.parametrize("rule", policy_rules(), ids=lambda each: type(each).__name__)
def test_a_rule_answers_about_odd_templates(rule: PolicyRule) -> None:
    for name, resource in rule.compliant.items():
        for properties in _changed(resource["Properties"]):
            if is_structure(properties) or properties is None:
                judge({"odd": {"Resources": {**rule.compliant, name: {**resource, "Properties": properties}}}})


@pytest.mark.whole
@pytest.mark.parametrize("name", RESOURCES)
def test_odd_templates_are_judged_and_compared(name: str) -> None:
    resource, before = RESOURCES[name], {"odd": {"Resources": RESOURCES}}
    for properties in list(_changed(resource["Properties"]))[:: 1 + len(str(resource)) // 250]:
        if is_structure(properties) or properties is None:
            after = {"odd": {"Resources": {**RESOURCES, name: {**resource, "Properties": properties}}}}
            judge(after)
            report_changes(before, after)
            report_changes(after, before)
