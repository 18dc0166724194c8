import pytest
from aws_cdk import Fn, Stack

from sagemaker_constructs.core.problems import (
    InvalidInput,
    in_range,
    matches,
    no_more_than,
    one_of,
    positive,
    reject,
    unique,
)


def test_all_problems_of_a_construct_are_raised_at_once_with_its_path(stack: Stack) -> None:
    with pytest.raises(InvalidInput) as refusal:
        reject(stack, ["first", None, "second"])
    assert refusal.value.problems == ("Stack: first", "Stack: second")


def test_nothing_is_raised_without_a_problem(stack: Stack) -> None:
    reject(stack, [None, None])


def test_an_unknown_member_is_answered_with_the_nearest() -> None:
    assert one_of("instance_type", "ml.m5.large", ["ml.m5.large"]) is None
    problem = one_of("instance_type", "ml.m5.larg", ["ml.m5.large", "local"])
    assert problem == "instance_type must be a known value, got: 'ml.m5.larg'; did you mean ml.m5.large?"


def test_ranges_include_their_ends() -> None:
    assert in_range("percent", 0, 0, 100) is None
    assert in_range("percent", 100, 0, 100) is None
    assert in_range("percent", 101, 0, 100) == "percent must be between 0 and 100, got: 101"


def test_the_whole_value_has_to_match() -> None:
    assert matches("name", "abc", "[a-z]+", "letters") is None
    assert matches("name", "abc1", "[a-z]+", "letters") == "name must be letters, got: 'abc1'"


def test_counts_and_signs() -> None:
    assert positive("rate", 0.5) is None
    assert positive("rate", 0) == "rate must be greater than 0, got: 0"
    assert no_more_than("variants", [1, 2], 2) is None
    assert no_more_than("variants", [1, 2, 3], 2) == "variants may hold at most 2 entries, got: 3"
    assert unique("names", ["a", "b"]) is None
    assert unique("names", ["b", "a", "b"]) == "names must be unique, got twice: b"


def test_values_known_only_at_deployment_pass_every_rule() -> None:
    token = Fn.import_value("Elsewhere")
    assert one_of("type", token, ["ml.m5.large"]) is None
    assert matches("name", token, "[a-z]+", "letters") is None
