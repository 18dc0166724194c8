"""Copies of the services' states for saving, of which only what has changed is copied again."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

_PLAIN = (str, int, float, type(None))


class StateLock:
    """What guards a service's state. The event loop takes it whenever it saves, and stands still until it is free.

    A thread that has one may not wait for the loop, as neither would ever go on: `refuse_to_wait` raises there.
    """

    _held = threading.local()

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._held.times = getattr(self._held, "times", 0) + 1

    def __exit__(self, *raised: object) -> None:
        self._held.times -= 1
        self._lock.release()

    @classmethod
    def refuse_to_wait(cls, for_what: str) -> None:
        """Raise RuntimeError in a thread that has such a lock."""
        if getattr(cls._held, "times", 0):
            raise RuntimeError(f"{for_what} waits for the event loop, which may be waiting for this thread's lock")


class StoredList(list[Any]):
    """A store of a service of ours: copied like MiniStack's, and a list in the file."""


@dataclass(frozen=True)
class ServiceState:
    """One service's state, and a number that stays the same for as long as the state does."""

    value: Mapping[str, Any]
    version: int


class StateCopies:
    """Collects states. Services copy their stores for it, by `copy.deepcopy`, whether they have changed or not.

    To pickle a store costs a sixth of that. What is pickled as it was before is the same, and the copy of then is
    handed out again: a service that takes secrets out of its copy finds them gone.

    Args:
        services: Gives the function that each service gives its state by.
        stores: The classes of the services' stores; other values are copied as they always were.
    """

    def __init__(
        self, services: Callable[[], Mapping[str, Callable[[], dict[str, Any] | None]]], stores: tuple[type, ...]
    ) -> None:
        self._services = services
        self._stores = stores
        self._copy_anew = copy.deepcopy
        self._versions = count(1)
        self._known: dict[tuple[str, int], tuple[bytes, Any]] = {}
        self._states: dict[str, ServiceState] = {}
        self._service = ""
        self._place = 0
        self._same: set[int] = set()

    def collect(self) -> dict[str, ServiceState]:
        """Every service's state, with copies that nobody else changes; call it on the event loop.

        Raises RuntimeError when a thread changes a store meanwhile.
        """
        with self._copying():
            for name, state_of in self._services().items():
                self._service, self._place, self._same = name, 0, set()
                value = state_of()
                if value is None:
                    self._states.pop(name, None)
                elif name not in self._states or not self._is_same(value, self._states[name].value):
                    self._states[name] = ServiceState(value, next(self._versions))
        return dict(self._states)

    def _is_same(self, value: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        # What is neither plain nor one of our copies may be the service's own object, and have changed in place.
        return value.keys() == before.keys() and all(
            part == before[name] if isinstance(part, _PLAIN) else id(part) in self._same
            for name, part in value.items()
        )

    @contextmanager
    def _copying(self) -> Generator[None]:
        thread = threading.get_ident()

        def copied(value: Any, memo: Any = None) -> Any:
            ours = threading.get_ident() == thread and isinstance(value, self._stores)
            return self._copied(value) if ours else self._copy_anew(value, memo)

        copy.deepcopy = copied
        try:
            yield
        finally:
            copy.deepcopy = self._copy_anew

    def _copied(self, store: Any) -> Any:
        try:
            pickled = pickle.dumps(store, pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError):
            return self._copy_anew(store)
        place = self._service, self._place
        self._place += 1
        before, kept = self._known.get(place, (b"", None))
        if pickled != before:
            kept = pickle.loads(pickled)
            self._known[place] = pickled, kept
        else:
            self._same.add(id(kept))
        return kept
