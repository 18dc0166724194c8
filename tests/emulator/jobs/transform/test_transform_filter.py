"""Filters: the operators and examples of AWS's page on associating predictions with input records."""

from typing import Any

import pytest

from emulator.containers.errors import DataPlaneError
from emulator.jobs.transform.filter import Filter

ROW = ["id-1", 1, 2, 3, 4, "A"]
RECORD: dict[str, Any] = {
    "id": 7,
    "features": [1, 2],
    "deep": {"left": 1, "right": {"x": 2}},
    "SageMakerOutput": {"score": 0.5},
}


@pytest.mark.parametrize(
    ("expression", "record", "selected"),
    [
        ("$", ROW, ROW),
        ("$[0]", ROW, "id-1"),
        ("$[-1]", ROW, "A"),
        ("$[1:]", ROW, [1, 2, 3, 4, "A"]),
        ("$[2:5]", ROW, [2, 3, 4]),
        ("$[:2]", ROW, ["id-1", 1]),
        ("$[1:-1]", ROW, [1, 2, 3, 4]),
        ("$[0,-1]", ROW, ["id-1", "A"]),
        ("$[1,3,5]", ROW, [1, 3, "A"]),
        ("$[0,5:]", [*ROW, "B"], ["id-1", "A", "B"]),
        ("$[-2:]", ROW, [4, "A"]),
        ("$.features", RECORD, [1, 2]),
        ("$.features[0]", RECORD, 1),
        ("$['features']", RECORD, [1, 2]),
        ("$.deep.right.x", RECORD, 2),
        ("$.deep.*", RECORD, [1, {"x": 2}]),
        ("$['id','SageMakerOutput']", RECORD, {"id": 7, "SageMakerOutput": {"score": 0.5}}),
        ("$.deep.['left','right']", RECORD, {"left": 1, "right": {"x": 2}}),
    ],
)
def test_a_documented_operator_selects(expression: str, record: Any, selected: Any) -> None:
    assert Filter(expression).apply(record) == selected


@pytest.mark.parametrize("expression", ["id", "$..id", "$[?(@.id > 1)]", "$[::2]", "$.length()", "$[]", "$["])
def test_an_undocumented_operator_is_refused(expression: str) -> None:
    with pytest.raises(DataPlaneError, match="does not fit"):
        Filter(expression)


@pytest.mark.parametrize(
    ("expression", "record", "reason"),
    [
        ("$[6]", ROW, "index 6 is not within the 6 elements"),
        ("$[-7]", ROW, "index -7 is not within the 6 elements"),
        ("$[0]", RECORD, "the record is no array"),
        ("$.absent", RECORD, "the record has no 'absent'"),
        ("$['id','absent']", RECORD, "the record has no 'absent'"),
        ("$.id", ROW, "the record has no 'id'"),
        ("$.*", 3, "asks for an object or an array"),
    ],
)
def test_what_a_record_does_not_have_is_an_error(expression: str, record: Any, reason: str) -> None:
    with pytest.raises(DataPlaneError, match=reason):
        Filter(expression).apply(record)
