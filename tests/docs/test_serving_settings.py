"""The page about serving by settings: every key that it names exists, and is in dev.yaml where the page says so."""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
import yaml

from harness.documents import PROJECT, rows
from stacks.configuration.schema import schema_tree
from stacks.settings import platform_model

PAGE = PROJECT / "docs" / "serving-settings.md"
ROWS = [tuple(row) for row in rows(PAGE, "capability", "setting", "in dev")]
KEYS = re.compile(r"`([a-z][a-z0-9_.\[\]]*)(?:: [^`]*)?`")


def _schema_keys(node: dict[str, Any]) -> Iterator[str]:
    yield from node.get("properties", {})
    inner = [
        *node.get("properties", {}).values(),
        *node.get("branches", {}).values(),
        *([node["items"]] if "items" in node else []),
    ]
    for each in inner:
        yield from _schema_keys(each)


def _written_keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in cast(dict[str, object], value).items():
            yield key
            yield from _written_keys(inner)
    for inner in cast(list[object], value) if isinstance(value, list) else []:
        yield from _written_keys(inner)


ALLOWED = set(_schema_keys(schema_tree(platform_model())))
WRITTEN = set(_written_keys(yaml.safe_load((PROJECT / "config" / "dev.yaml").read_text(encoding="utf-8"))))


def test_the_page_has_its_table() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize(("capability", "setting", "in_dev"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_keys_that_are_there(capability: str, setting: str, in_dev: str) -> None:
    named = {part for path in KEYS.findall(setting) for part in path.replace("[]", "").split(".")}
    assert named or setting.startswith("none"), capability
    assert named <= ALLOWED
    if in_dev.startswith("yes"):
        # A default needs no words: what it says is on all the same.
        assert named - {"remove_instances"} <= WRITTEN
