"""The project's own preparation: records with named fields become rows in the order of the trained columns."""

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import pytest

from harness.project_copy import PROJECT

FOLDER = PROJECT / "models" / "named-fields"
FIELDS = ["mean radius", "mean texture", "mean area"]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(PROJECT / "containers" / "serving"), *sys.path])
    spec = importlib.util.spec_from_file_location("named_fields", FOLDER / "code" / "inference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_fields_take_their_places_and_missing_ones_stay_empty(script: ModuleType) -> None:
    body = b'{"instances": [{"mean area": 3, "mean radius": 1.5}, {"mean texture": 0.1, "mean area": null}]}'
    records = script.input_fn(body, "application/json; charset=utf-8")
    assert script.output_fn(script.predict_fn(records, FIELDS), "application/json") == ("1.5,,3\n,0.1,", "text/csv")


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"mean raduis": 1}, "unknown fields: mean raduis"),
        ({"mean area": "3"}, "no number in mean area"),
        ({"mean area": True}, "no number in mean area"),
    ],
)
def test_a_wrong_record_is_told_to_the_caller(script: ModuleType, record: dict[str, Any], said: str) -> None:
    errors = importlib.import_module("serving.errors")
    with pytest.raises(errors.RequestError, match=said):
        script.predict_fn([{}, record], FIELDS)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("[1]", "application/json"), ('{"instances": []}', "application/json"), ('{"instances": [{}]}', "text/csv")],
)
def test_a_wrong_body_is_told_to_the_caller(script: ModuleType, body: str, content_type: str) -> None:
    with pytest.raises(ValueError, match=r"instances|application/json"):
        script.input_fn(body.encode(), content_type)


def test_the_sample_is_one_that_it_answers(script: ModuleType) -> None:
    body, content_type = script.SAMPLE_REQUEST
    fields = script.model_fn(str(FOLDER))
    assert fields == json.loads((FOLDER / "fields.json").read_text())
    assert script.predict_fn(script.input_fn(body, content_type), fields) == "," * (len(fields) - 1)
