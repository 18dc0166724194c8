"""The pack finds what is made insecure or broken in templates that are right, and nothing in these."""

from functools import cache

import pytest

from harness.platform_templates import synthesized
from harness.policy.hardened import TEMPLATE
from harness.policy.held_out import HELD_OUT
from harness.policy.prepared import PREPARED
from harness.policy.variant import Templates, Variant
from sagemaker_constructs.policy import Level, judge

FOUND_OF_HELD_OUT = 39
"""What was measured when the rules were done. The variants were written before them, and are not to be tuned to."""


@cache
def _templates() -> Templates:
    return {**{stack.name: stack.template for stack in synthesized("prod")}, "research": dict(TEMPLATE)}


def _is_told(variant: Variant) -> bool:
    found = judge(variant.of(_templates()))
    places = {f"{each.type}/{each.property_path.partition('.')[0].partition('[')[0]}" for each in found}
    return bool(set(variant.expected) & (places | {each.partition("/")[0] for each in places}))


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert [(each.construct, each.rule) for each in judge(_templates())] == []


def test_both_sets_have_forty_and_share_none() -> None:
    assert len(PREPARED) == len(HELD_OUT) == 40
    held_out = [(each.kind, each.path, str(each.value)) for each in HELD_OUT]
    assert not {(each.kind, each.path, str(each.value)) for each in PREPARED} & {*held_out}
    assert len({each.name for each in (*PREPARED, *HELD_OUT)}) == 80


@pytest.mark.parametrize("variant", PREPARED, ids=lambda each: each.name)
def test_a_prepared_variant_is_found(variant: Variant) -> None:
    assert _is_told(variant)


def test_held_out_variants_are_found_as_measured() -> None:
    missed = [variant.name for variant in HELD_OUT if not _is_told(variant)]
    assert len(HELD_OUT) - len(missed) >= FOUND_OF_HELD_OUT, missed


def test_in_development_the_same_is_a_warning_and_less_is_asked_for() -> None:
    one = next(each for each in PREPARED if each.name == "scaled in to one instance")
    isolated = next(each for each in HELD_OUT if each.name == "a container that reaches the internet")
    assert judge(one.of(_templates()), Level.DEV) == ()
    [found] = judge(isolated.of(_templates()), Level.DEV)
    assert (found.rule, found.severity) == ("SageMaker.5", "warning")


def test_what_aws_refuses_is_an_error_everywhere() -> None:
    refused = next(each for each in HELD_OUT if each.name == "two shadow variants")
    assert "error" in {each.severity for each in judge(refused.of(_templates()), Level.DEV)}
