"""Requests as JSON: in Python where it can be, by the CDK where it has to be, and the same either way."""

import json
from typing import Any

import pytest
from aws_cdk import Aws, CfnParameter, Fn, Stack

from sagemaker_constructs.jobs import json_text as module
from sagemaker_constructs.jobs.json_text import json_text


def _plain(stack: Stack) -> dict[str, Any]:
    name = CfnParameter(stack, "Name").value_as_string
    return {
        "Text": 'größer & <kleiner> "quoted" \\ \n\t\u2028',
        "Number": 3,
        "Float": 0.25,
        "Flags": [True, False],
        "Nested": {"List": [1, "two", {"three": 3}], "Empty": {}, "None": []},
        "Region": Aws.REGION,
        "Joined": f"s3://{name}/models/{Aws.ACCOUNT_ID}/",
    }


def test_python_and_the_cdk_write_the_same(stack: Stack) -> None:
    value = _plain(stack)
    written = json_text(stack, value)
    assert stack.resolve(written) == stack.resolve(stack.to_json_string(value))


def test_without_tokens_it_is_the_value_itself(stack: Stack) -> None:
    value = {key: each for key, each in _plain(stack).items() if key not in ("Region", "Joined")}
    assert json.loads(json_text(stack, value)) == value
    assert json_text(stack, value) == stack.resolve(stack.to_json_string(value))


def test_text_tokens_need_no_help_of_the_cdk(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "location_of", None)
    assert "${Token[" in json_text(stack, _plain(stack))


def test_tokens_that_are_no_text_are_written_by_the_cdk(stack: Stack) -> None:
    number = CfnParameter(stack, "Count", type="Number").value_as_number
    several = CfnParameter(stack, "Several", type="CommaDelimitedList").value_as_list
    value = {"Count": number, "Zones": several, "First": Fn.select(0, several), "Text": "x"}
    written = stack.resolve(json_text(stack, value))
    assert written == stack.resolve(stack.to_json_string(value))
    assert '{"Count":' in str(written)
    assert {"Ref": "Count"} in written["Fn::Join"][1]
