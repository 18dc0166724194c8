import gzip
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.fleet.fleet_table import FleetTable


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text("﻿name,artifact,most\na,models/a.tar.gz,3\nb,,\n", encoding="utf-8")
    first, second = FleetTable.from_csv(path).rows
    assert (first.name, first["artifact"], first.whole_number("most")) == ("a", "models/a.tar.gz", 3)
    assert (second.get("artifact", "none"), second.place) == ("none", f"{path}:3")


def test_export_of_dynamodb(tmp_path: Path) -> None:
    items = [
        {"Item": {"model": {"S": "a"}, "most": {"N": "3"}, "live": {"BOOL": True}}},
        {"Item": {"model": {"S": "b"}}},
    ]
    (tmp_path / "AWSDynamoDB" / "data").mkdir(parents=True)
    with gzip.open(tmp_path / "AWSDynamoDB" / "data" / "x.json.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(item) + "\n" for item in items)
    rows = FleetTable.from_dynamodb_export(tmp_path, name="model").rows
    assert [(row.name, dict(row.values)) for row in rows] == [
        ("a", {"model": "a", "most": "3", "live": "True"}),
        ("b", {"model": "b"}),
    ]
    with pytest.raises(InvalidInput, match=r"must hold an export of DynamoDB"):
        FleetTable.from_dynamodb_export(tmp_path / "none")


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa: Any = importlib.import_module("pyarrow")
    pq: Any = importlib.import_module("pyarrow.parquet")
    pq.write_table(pa.table({"name": ["a", "b"], "most": [1, None]}), tmp_path / "fleet.parquet")
    assert [row.get("most", "2") for row in FleetTable.from_parquet(tmp_path / "fleet.parquet").rows] == ["1", "2"]
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        FleetTable.from_parquet(tmp_path / "fleet.parquet")


def test_all_wrong_names_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        FleetTable.of([{"name": "a"}, {"name": ""}, {"name": "a_b"}, {"name": "A"}])
    wrong = "name must be 1 to 63 letters, digits and hyphens, beginning with a letter or a digit, got:"
    assert refused.value.lines == (
        f"FleetTable: rows[1] {wrong} ''",
        f"FleetTable: rows[2] {wrong} 'a_b'",
        "FleetTable: rows[3] name must be unique, got 'A', as rows[0] has it",
    )
    with pytest.raises(InvalidInput, match="must have at least one row, got: none"):
        FleetTable.of([])


def test_a_column_that_there_is_not() -> None:
    [row] = FleetTable.of([{"name": "a", "instance_type": "x", "most": "many"}]).rows
    with pytest.raises(InvalidInput, match=r"rows\[0\]: instance_typ is no column; did you mean 'instance_type'\?"):
        row["instance_typ"]
    with pytest.raises(InvalidInput, match=r"rows\[0\]: most must be a whole number, got: 'many'"):
        row.whole_number("most")


def test_rows_put_together() -> None:
    table = FleetTable.of(
        [
            {"name": "a", "endpoint": "one", "owner": "risk", "size": "1"},
            {"name": "b", "endpoint": "two", "owner": "risk", "size": "1"},
            {"name": "c", "endpoint": "one", "owner": "risk", "size": "2"},
        ]
    )
    one, two = table.grouped_by("endpoint").rows
    assert (one.name, [each.name for each in one.members]) == ("one", ["a", "c"])
    assert dict(one.values) == {"endpoint": "one", "owner": "risk"}
    assert [each.name for each in two.members] == ["b"]
