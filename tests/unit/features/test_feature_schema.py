"""Schemas from files, frames and models, and what may become of a schema that is deployed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from pydantic import BaseModel, Field

import sagemaker_constructs as sm
from sagemaker_constructs.core.problems import InvalidInput

CUSTOMERS = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})


class Plan(StrEnum):
    MONTHLY = "monthly"
    YEARLY = "yearly"


class Customer(BaseModel):
    customer: str
    at: datetime
    calls: int | None = None
    minutes: float = Field(default=0, description="of the last month")
    plan: Plan = Plan.MONTHLY
    tier: Literal["a", "b"] = "a"
    loyal: bool = False


@dataclass
class Call:
    call: str
    at: float


def test_a_model_gives_the_types_of_its_fields() -> None:
    schema = sm.FeatureSchema.from_model(Customer, record_identifier="customer", event_time="at")
    assert schema.features == {
        "customer": "String",
        "at": "String",
        "calls": "Integral",
        "minutes": "Fractional",
        "plan": "String",
        "tier": "String",
        "loyal": "Integral",
    }
    assert schema.descriptions == {"minutes": "of the last month"}
    calls = sm.FeatureSchema.from_model(Call, record_identifier="call", event_time="at")
    assert calls.features == {"call": "String", "at": "Fractional"}


def test_a_model_with_other_fields_is_refused_by_their_names() -> None:
    class Nested(BaseModel):
        customer: Customer
        scores: list[float]
        either: int | str

    with pytest.raises(InvalidInput) as refused:
        sm.FeatureSchema.from_model(Nested, record_identifier="customer", event_time="at")
    assert [problem.path for problem in refused.value.problems] == ["customer", "scores", "either"]
    with pytest.raises(InvalidInput, match="int: must be a pydantic model"):
        sm.FeatureSchema.from_model(int, record_identifier="customer", event_time="at")


def test_a_frame_gives_the_types_of_its_columns() -> None:
    frame = pd.DataFrame(
        {"customer": ["a"], "at": ["2026-11-29T06:00:00Z"], "calls": [1], "minutes": [0.5], "b": True}
    )
    frame["plan"] = pd.Categorical(["monthly"])
    schema = sm.FeatureSchema.from_frame(frame, record_identifier="customer", event_time="at")
    assert list(schema.features.items()) == [
        ("customer", "String"),
        ("at", "String"),
        ("calls", "Integral"),
        ("minutes", "Fractional"),
        ("b", "Integral"),
        ("plan", "String"),
    ]
    frame["at"] = pd.Timestamp("2026-11-29")
    with pytest.raises(InvalidInput, match=r"at must be numbers or text, got: datetime64\[.*make text of it first"):
        sm.FeatureSchema.from_frame(frame, record_identifier="customer", event_time="at")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    said = {"id": "of a customer"}
    schema = sm.FeatureSchema("id", "at", {"id": "String", "at": "String"}, said, {"id": {"owner": "risk"}})
    schema.write(tmp_path / "customers.json")
    assert sm.FeatureSchema.from_file(tmp_path / "customers.json") == schema
    described = "{type: String, description: of a customer, parameters: {owner: risk}}"
    yaml = f"record_identifier: id\nevent_time: at\nfeatures:\n  id: {described}\n"
    (tmp_path / "customers.yaml").write_text(f"{yaml}  at: String\n")
    assert sm.FeatureSchema.from_file(tmp_path / "customers.yaml") == schema


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must hold record_identifier, event_time and features"),
        ("features: {", "cannot be read"),
        ("record_identifier: id\nfeatures: {id: String}\n", "event_time must be text"),
        (
            "record_identifier: id\nevent_time: at\nfeatures: {id: string}\n",
            r"features\[id\] must be one of String, .*'str",
        ),
        ("record_identifier: id\nevent_time: at\n", "features must map the name"),
        (
            "record_identifier: id\nevent_time: at\nfeatures: {id: {type: String, owner: risk}}\n",
            r"features\[id\].owner is unknown; allowed: type, description, parameters",
        ),
        (
            "record_identifier: id\nevent_time: at\nfeatures: {id: {type: String, parameters: risk}}\n",
            r"features\[id\].parameters must map keys to values",
        ),
        (
            "record_identifier: id\nevent_time: at\nfeature: {}\nfeatures: {id: String}\n",
            "feature is unknown; allowed",
        ),
    ],
)
def test_a_file_that_is_no_schema_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "customers.yaml").write_text(text)
    with pytest.raises(InvalidInput, match=rf"customers.yaml: (.|\n)*{said}"):
        sm.FeatureSchema.from_file(tmp_path / "customers.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none.json: does not exist"):
        sm.FeatureSchema.from_file(tmp_path / "none.json")


def _changed(**features: Any) -> sm.FeatureSchema:
    return sm.FeatureSchema("customer", "at", {**CUSTOMERS.features, **features})


def test_what_is_added_stands_at_the_end() -> None:
    grown = sm.FeatureSchema("customer", "at", {"age": "Integral", **CUSTOMERS.features})
    assert list(grown.changes_refused(CUSTOMERS)) == []
    assert list(grown.evolved_from(CUSTOMERS).features) == ["customer", "at", "calls", "age"]


REFUSED = {
    "removed": (
        sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String"}),
        "features[calls] is deployed and cannot be removed",
    ),
    "retyped": (
        _changed(calls="Fractional"),
        "features[calls] is deployed as Integral and cannot change its type, got: Fractional",
    ),
    "identifier": (
        sm.FeatureSchema("calls", "at", CUSTOMERS.features),
        "record_identifier is deployed and cannot change: it was 'customer', got: 'calls'",
    ),
    "time": (
        sm.FeatureSchema("customer", "calls", CUSTOMERS.features),
        "event_time is deployed and cannot change",
    ),
    "too many": (
        _changed(**{f"more{number}": "String" for number in range(101)}),
        "features may grow by at most 100 in one deployment, got: 101 more",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_change_is_refused_by_name(name: str) -> None:
    now, said = REFUSED[name]
    [problem] = now.changes_refused(CUSTOMERS)
    assert str(problem).startswith(said)
