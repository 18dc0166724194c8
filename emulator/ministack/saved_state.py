"""MiniStack's saving and loading of state, done our way; its private names are listed in `hooks`."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.ministack.hooks import module
from emulator.ministack.state_copies import StateCopies, StoredList

logger = logging.getLogger("emulator.persistence")


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


def state_copies() -> StateCopies:
    """What copies the states of all services, MiniStack's and ours."""
    app, responses = module("ministack.app"), module("ministack.core.responses")
    stores = (responses.AccountScopedDict, responses.AccountRegionScopedDict, StoredList)
    return StateCopies(app._build_persistence_save_dict, stores)


def encode_state(name: str, state: Mapping[str, Any]) -> bytes:
    """One service's state as the file that MiniStack reads at start."""
    persistence = module("ministack.core.persistence")
    return json.dumps(
        {"__ministack_format__": persistence._state_format_version(name), "payload": state},
        default=persistence._json_default,
    ).encode()


def replace_saving(
    save: Callable[[], None], saved_state: Callable[[], Path], not_restored: Callable[[str], None]
) -> None:
    """Save and load through us.

    Args:
        save: Called at shutdown instead of MiniStack's own saving.
        saved_state: Gives the folder that holds the state files to load.
        not_restored: Told of each service whose file was there and could not be taken up; the service begins anew.
    """
    app, persistence = module("ministack.app"), module("ministack.core.persistence")

    def restore(service: str, name: str) -> bool:
        state = persistence.load_state(service)
        if state is None:
            return not (saved_state() / f"{service}.json").exists()
        if state:
            app._get_module(name).load_persisted_state(state)
        return True

    def restore_all() -> None:
        kept = persistence.STATE_DIR
        persistence.STATE_DIR = str(saved_state())
        for service, name in app._state_map.items():
            try:
                restored = restore(service, name)
            except Exception:
                logger.exception("state of %s", service)
                restored = False
            if not restored:
                not_restored(service)
        persistence.STATE_DIR = kept

    app._load_persisted_state = restore_all

    def save_all(_services: Any) -> None:
        save()

    app.save_all = save_all


def keep_function_code() -> None:
    """Never delete function code while saving: the state on disk may still name it."""

    def keep(_referenced: set[str]) -> None:
        return None

    module("ministack.services.lambda_svc")._prune_orphan_code_blobs = keep
