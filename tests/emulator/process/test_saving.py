"""Only what has changed is copied, encoded and written again, and nothing that has changed is left out."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.ministack.state_copies import StateCopies
from emulator.process.persistence import Saver, StateFolder


class Store:
    """As MiniStack's stores of a service."""

    def __init__(self, **values: Any) -> None:
        self.values = values


class Services:
    """Two services with stores, and how often each was encoded."""

    def __init__(self, folder: Path) -> None:
        self.stores = {"steady": Store(a={"b": [1]}), "busy": Store(a={"b": [1]}, secret=1)}
        self.live: list[int] = []
        self.encoded: list[str] = []
        self.folder = StateFolder(folder)
        self.fails = False
        copies = StateCopies(lambda: {"steady": self._steady, "busy": self._busy, "live": self._live}, (Store,))
        self.saver = Saver(self.folder, copies.collect, self._encode)

    def _steady(self) -> dict[str, Any]:
        return {"store": copy.deepcopy(self.stores["steady"]), "port": 1, "none": None}

    def _busy(self) -> dict[str, Any]:
        copied = copy.deepcopy(self.stores["busy"])
        copied.values.pop("secret", None)
        if self.fails:
            raise RuntimeError("dictionary changed size during iteration")
        return {"store": copied}

    def _live(self) -> dict[str, Any]:
        return {"list": self.live}

    def _encode(self, name: str, state: Mapping[str, Any]) -> bytes:
        self.encoded.append(name)
        return json.dumps(state, default=lambda store: store.values).encode()

    def save(self) -> list[str]:
        """Save; returns what was encoded for it."""
        self.encoded.clear()
        self.saver.save_now()
        return sorted(self.encoded)

    def saved(self, name: str) -> Any:
        """What is on disk."""
        return json.loads((self.folder.current / f"{name}.json").read_text())


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return Services(tmp_path / "saved")


def test_what_has_not_changed_is_not_encoded_again(services: Services) -> None:
    assert services.save() == ["busy", "live", "steady"]
    services.stores["busy"].values["a"]["b"].append(2)
    assert services.save() == ["busy", "live"]
    assert services.saved("busy") == {"store": {"a": {"b": [1, 2]}}}
    assert services.saved("steady") == {"store": {"a": {"b": [1]}}, "port": 1, "none": None}
    assert services.save() == ["live"]
    assert services.saved("busy") == {"store": {"a": {"b": [1, 2]}}}
    assert services.stores["busy"].values["secret"] == 1


def test_a_service_that_copies_nothing_is_saved_each_time(services: Services) -> None:
    services.save()
    services.live.append(1)
    services.save()
    assert services.saved("live") == {"list": [1]}


def test_what_was_copied_and_not_collected_is_saved_the_next_time(services: Services) -> None:
    services.save()
    services.stores["steady"].values["a"] = "new"
    services.fails = True
    assert services.save() == []
    services.fails = False
    services.save()
    assert services.saved("steady")["store"] == {"a": "new"}


def test_what_could_not_be_written_is_saved_the_next_time(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.save()
    services.stores["steady"].values["a"] = "new"

    def full(*given: object) -> bool:
        raise OSError(f"no space left for {len(given)}")

    with monkeypatch.context() as patched:
        patched.setattr(StateFolder, "write", full)
        services.save()
    assert services.saved("steady")["store"] == {"a": {"b": [1]}}
    services.save()
    assert services.saved("steady")["store"] == {"a": "new"}


def test_copying_is_as_ever_afterwards(services: Services) -> None:
    store = Store(a=1)
    services.fails = True
    services.save()
    assert copy.deepcopy(store) is not copy.deepcopy(store)
