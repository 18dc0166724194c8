"""MiniStack is pinned, and the private names we use are still there."""

import json
import subprocess

import pytest

from emulator.launcher import PROJECT
from emulator.ministack.hooks import HOOKS
from emulator.ministack.stack_hooks import STACK_HOOKS

ALL = {**HOOKS, **STACK_HOOKS}

_PROBE = """
import importlib, json, sys
found = {name: [part for part in parts if hasattr(importlib.import_module(name), part)]
         for name, parts in json.loads(sys.argv[1]).items()}
print("\\n" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """The hooks that exist in the emulator's environment."""
    asked = json.dumps({name: [*parts, "not_there"] for name, parts in ALL.items()})
    answer = subprocess.run(
        [PROJECT / ".venv-emulator" / "bin" / "python", "-c", _PROBE, asked],
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
        env={"LOG_LEVEL": "ERROR", "PATH": "/usr/bin:/bin"},
    )
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in ALL.items() for name in names])
def test_hook_exists(found: dict[str, list[str]], module: str, name: str) -> None:
    assert name in found[module]


def test_probe_can_say_no(found: dict[str, list[str]]) -> None:
    assert all("not_there" not in names for names in found.values())
