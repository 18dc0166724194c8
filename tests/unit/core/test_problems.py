import pytest
from aws_cdk import Fn, Stack

from sagemaker_constructs.core.problems import (
    InvalidInput,
    Problem,
    in_range,
    matches,
    no_more_than,
    one_of,
    positive,
    reject,
    unique,
    within,
)
from sagemaker_constructs.core.service_model import sagemaker_regions
from sagemaker_constructs.core.spelling import nearest_to


def test_all_problems_of_a_construct_are_raised_at_once_with_its_path(stack: Stack) -> None:
    found = [Problem("variants[0].name", "is wrong"), Problem("", "nothing fits")]

    with pytest.raises(InvalidInput) as refusal:
        reject(stack, [found[0], None, found[1]])

    assert refusal.value.place == "Stack"
    assert refusal.value.problems == tuple(found)
    assert refusal.value.lines == ("Stack: variants[0].name is wrong", "Stack: nothing fits")
    assert str(refusal.value) == "Stack: variants[0].name is wrong\nStack: nothing fits"


def test_nothing_is_raised_without_a_problem(stack: Stack) -> None:
    reject(stack, [None, None])


def test_problems_of_an_argument_are_those_of_its_owner_at_its_path() -> None:
    inner = [Problem("maximum", "is small"), None, Problem("", "is wrong"), Problem("[1]", "is odd")]

    assert [str(problem) for problem in within("variants[0].instances", inner)] == [
        "variants[0].instances.maximum is small",
        "variants[0].instances is wrong",
        "variants[0].instances[1] is odd",
    ]
    assert list(within("", [Problem("name", "is wrong")])) == [Problem("name", "is wrong")]


def test_an_unknown_member_is_answered_with_the_nearest() -> None:
    assert one_of("instance_type", "ml.m5.large", ["ml.m5.large"]) is None
    problem = one_of("instance_type", "ml.m5.larg", ["ml.m5.large", "local"])
    assert problem == Problem("instance_type", "must be a known value, got: 'ml.m5.larg'; did you mean ml.m5.large?")


def test_ranges_include_their_ends() -> None:
    assert in_range("percent", 0, 0, 100) is None
    assert in_range("percent", 100, 0, 100) is None
    assert in_range("percent", 101, 0, 100) == Problem("percent", "must be between 0 and 100, got: 101")
    converted = in_range("timeout", 0, 1, 3600, unit="seconds")
    assert str(converted) == "timeout in seconds must be between 1 and 3600, got: 0"


def test_the_whole_value_has_to_match() -> None:
    assert matches("name", "abc", "[a-z]+", "letters") is None
    assert matches("name", "abc1", "[a-z]+", "letters") == Problem("name", "must be letters, got: 'abc1'")


def test_counts_and_signs() -> None:
    assert positive("rate", 0.5) is None
    assert positive("rate", 0) == Problem("rate", "must be greater than 0, got: 0")
    assert no_more_than("variants", [1, 2], 2) is None
    assert no_more_than("variants", [1, 2, 3], 2) == Problem("variants", "may hold at most 2 entries, got: 3")


def test_a_value_that_comes_again_is_refused_where_it_does() -> None:
    assert list(unique({"variants[0].name": "a", "variants[1].name": "b"})) == []
    assert list(unique({"variants[0].name": "a", "variants[1].name": "b", "shadow[0].name": "a"})) == [
        Problem("shadow[0].name", "must be unique, got twice: a")
    ]


def test_values_known_only_at_deployment_pass_every_rule() -> None:
    token = Fn.import_value("Elsewhere")
    assert one_of("type", token, ["ml.m5.large"]) is None
    assert matches("name", token, "[a-z]+", "letters") is None
    assert list(unique({"first": token, "second": token})) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("us-esat-1", "us-east-1"),
        ("us-east1", "us-east-1"),
        ("EU-Central-1", "eu-central-1"),
        ("eu-centrall-1", "eu-central-1"),
        ("eu-xentral-1", "eu-central-1"),
    ],
)
def test_the_fewest_edits_lead_to_what_was_meant(written: str, meant: str) -> None:
    assert nearest_to(written, sagemaker_regions())[0] == meant


def test_another_word_is_no_misspelling() -> None:
    assert nearest_to("mars", sagemaker_regions()) == []
    assert nearest_to("b", ["a", "ab"], most=1) == ["a"]
