"""The text of a definition: tokens survive, and what looks like one does too."""

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import Fn, Token

from sagemaker_constructs.pipelines.body import DefinitionBody


def _rendered(stack: cdk.Stack, document: dict[str, Any], values: dict[str, str]) -> Any:
    """What CloudFormation makes of the text, with ``values`` for the expressions of its variables."""
    written = stack.resolve(DefinitionBody(document).value())
    if isinstance(written, str):
        return json.loads(written)
    text, variables = written["Fn::Sub"]
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", values[json.dumps(value, sort_keys=True)])
    return json.loads(text.replace("${!", "${"))


def test_plain_documents_are_plain_text(stack: cdk.Stack) -> None:
    document = {"Steps": [{"Name": "A", "Regex": '${x} \\d " é'}]}
    assert _rendered(stack, document, {}) == document
    assert DefinitionBody(document).value() == DefinitionBody(document).text


def test_tokens_of_all_kinds_survive(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "Text")
    number = cdk.CfnParameter(stack, "Number", type="Number")
    entries = cdk.CfnParameter(stack, "Entries", type="List<String>")
    document: dict[str, Any] = {
        "Text": f"s3://{parameter.value_as_string}/${{user}}",
        "Again": parameter.value_as_string,
        "Number": number.value_as_number,
        "Entries": entries.value_as_list,
        "Object": Token.as_any({"Ref": "Text"}),
    }
    values = {
        '{"Ref": "Text"}': "bucket",
        '{"Ref": "Number"}': "3",
        '{"Fn::Join": ["\\",\\"", {"Ref": "Entries"}]}': 'a","b',
    }
    assert _rendered(stack, document, values) == {
        "Text": "s3://bucket/${user}",
        "Again": "bucket",
        "Number": 3,
        "Entries": ["a", "b"],
        "Object": "bucket",
    }


def test_a_token_stands_once(stack: cdk.Stack) -> None:
    key = Fn.import_value("key")
    body = DefinitionBody({"Steps": [key] * 50})
    assert len(body.values) == 1
    assert DefinitionBody({"Steps": [key] * 50}).text == body.text
