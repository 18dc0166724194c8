"""Whatever stands in a definition is refused or taken: no rule fails over it."""

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from harness.rules.pipelines import CASES
from harness.workflow import sdk_definitions
from sagemaker_constructs.core.rules.catalogue import breaches

DEFINITIONS = {
    **{
        name: json.loads(case.taken["PipelineDefinition"])
        for name, case in CASES.items()
        # One of them is 200 times the same.
        if name != "a-pipeline-has-200-parameters"
    },
    **sdk_definitions(),
}
VALUES: tuple[Any, ...] = (None, 1, "x", [1], {"a": 1}, {"Get": 1}, {"Std:Join": 1})


def _paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            yield from _paths(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _paths(item, (*path, index))


def _changed(document: Any, path: tuple[str | int, ...], value: object) -> str:
    changed = copy.deepcopy(document)
    target = changed
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return json.dumps(changed)


def _find(kind: str, name: str) -> None:
    del kind, name


@pytest.mark.parametrize("name", DEFINITIONS)
def test_any_value_at_any_place_is_judged(name: str) -> None:
    document = DEFINITIONS[name]
    for path in _paths(document):
        for value in VALUES:
            request = {"PipelineDefinition": _changed(document, path, value)}
            for breach in breaches("CreatePipeline", request, _find, "emulator"):
                assert breach.at_run_time
