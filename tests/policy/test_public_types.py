"""Whoever type-checks an app of theirs finds a type on every name that the library exports."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def verified() -> dict[str, Any]:
    command = ["pyright", "--verifytypes", "sagemaker_constructs", "--ignoreexternal", "--outputjson"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=900)
    return json.loads(done.stdout)["typeCompleteness"]


@pytest.mark.whole
def test_every_exported_name_has_a_type(verified: dict[str, Any]) -> None:
    exported = [symbol for symbol in verified["symbols"] if symbol["isExported"]]
    assert len(exported) > 1000
    assert [symbol["name"] for symbol in exported if not symbol["isTypeKnown"] or symbol["isTypeAmbiguous"]] == []
    assert verified["completenessScore"] == 1
