"""Tokens are recognized in Python as the CDK recognizes them."""

import math
from typing import Any, cast

import pytest
from aws_cdk import Aws, CfnParameter, Fn, SecretValue, Stack, Token

from sagemaker_constructs.core.tokens import is_plain_json, is_token

PLAIN: list[Any] = [
    *("", "text", "${Toke", "$.Token[1]", "${AWS::Region}", "#{x}", "Token[1]"),
    *(0, 1, -1, 2**40, 1.5, -2.5, 1e287, 1.7e308, math.inf, -math.inf, True, False, None),
    *([], ["a"], ["a", "b"], (), ("a",), {}, {"a": 1}),
]


def _tokens(stack: Stack) -> list[Any]:
    parameter = CfnParameter(stack, "Text")
    numbers = CfnParameter(stack, "Number", type="Number", default=1)
    several = CfnParameter(stack, "Several", type="CommaDelimitedList")
    return [
        Aws.REGION,
        parameter.value_as_string,
        f"before-{parameter.value_as_string}-after",
        Fn.import_value("Other"),
        numbers.value_as_number,
        Token.as_number(Fn.ref("Number")),
        several.value_as_list,
        tuple(several.value_as_list),
        Fn.split(",", parameter.value_as_string),
        Token.as_any({"Ref": "AWS::Region"}),
        SecretValue.unsafe_plain_text("x"),
    ]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_are_no_tokens(value: Any) -> None:
    assert not is_token(value)
    assert is_plain_json(value)
    if value is not None and value not in (math.inf, -math.inf):
        assert not Token.is_unresolved(_asked(value))


def test_a_number_that_no_float_holds_is_no_token() -> None:
    assert not is_token(10**400)
    assert not is_token(-(10**400))


def test_tokens_of_all_kinds_are_found(stack: Stack) -> None:
    for token in _tokens(stack):
        assert is_token(token), token
        assert Token.is_unresolved(_asked(token)), token


def _asked(value: Any) -> Any:
    """What crosses over to the CDK's own process, which knows no tuples."""
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value


def test_python_may_write_tokens_that_are_text_only(stack: Stack) -> None:
    for token in _tokens(stack):
        nested = {"a": [{"b": token}]}
        assert is_plain_json(nested) == isinstance(token, str), token
    assert not is_plain_json({"a": {"b": [CfnParameter(stack, "More", type="Number").value_as_number]}})
    assert not is_plain_json([CfnParameter(stack, "List", type="CommaDelimitedList").value_as_list[0]])
