"""MiniStack's saving and loading of state, done our way; its private names are listed in `hooks`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from emulator.ministack.hooks import module


class _StateModule:
    """What MiniStack's persistence expects of a service module."""

    def __init__(self, get_state: Callable[[], dict[str, Any]], restore: Callable[[dict[str, Any]], None]) -> None:
        self.get_state = get_state
        self.load_persisted_state = restore


def add_state(name: str, get_state: Callable[[], dict[str, Any]], restore: Callable[[dict[str, Any]], None]) -> None:
    """Let records of ours be saved and restored with MiniStack's."""
    app = module("ministack.app")
    app._state_map[name] = name
    app._loaded_modules[name] = _StateModule(get_state, restore)


def states() -> dict[str, dict[str, Any]]:
    """A consistent copy of every service's state; call it on the event loop."""
    collected = {name: get() for name, get in module("ministack.app")._build_persistence_save_dict().items()}
    return {name: state for name, state in collected.items() if state is not None}


def encode_state(name: str, state: dict[str, Any]) -> bytes:
    """One service's state as the file that MiniStack reads at start."""
    persistence = module("ministack.core.persistence")
    return json.dumps(
        {"__ministack_format__": persistence._state_format_version(name), "payload": state},
        default=persistence._json_default,
    ).encode()


def replace_saving(save: Callable[[], None], saved_state: Callable[[], str]) -> None:
    """Save and load through us.

    Args:
        save: Called at shutdown instead of MiniStack's own saving.
        saved_state: Gives the folder that holds the state files to load.
    """
    app, persistence = module("ministack.app"), module("ministack.core.persistence")
    original = persistence.load_state

    def load_state(service: str) -> Any:
        kept = persistence.STATE_DIR
        persistence.STATE_DIR = saved_state()
        try:
            return original(service)
        finally:
            persistence.STATE_DIR = kept

    app.load_state = load_state

    def save_all(_services: Any) -> None:
        save()

    app.save_all = save_all


def keep_function_code() -> None:
    """Never delete function code while saving: the state on disk may still name it."""

    def keep(_referenced: set[str]) -> None:
        return None

    module("ministack.services.lambda_svc")._prune_orphan_code_blobs = keep
