"""What asks for a start: a message of a trigger, or a call."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lambdas.common.retried_queue import RefusedError

BY_HAND = "manual"
"""The trigger of a call."""
_FIELD = re.compile(r"\{([^{}]+)\}")
_OF_A_CALL = {"parameters", "key"}


class RefusedStartError(RefusedError):
    """This start will never be possible; the text says why."""


@dataclass(frozen=True)
class StartRequest:
    """One start of the pipeline.

    ``identity`` is what tells it from other starts by the same ``trigger``: key and version of an object, or the time
    of a schedule. ``time`` (ISO 8601) is when it happened. ``cool_down`` is in seconds: the least time between two
    starts by the trigger; 0 for none.
    """

    trigger: str
    identity: tuple[str, ...]
    time: str
    parameters: Mapping[str, str]
    cool_down: int = 0

    @property
    def token(self) -> str:
        """The same for the same start, however often it is asked for: 64 characters."""
        return hashlib.sha256(json.dumps([self.trigger, *self.identity]).encode()).hexdigest()

    @staticmethod
    def of_message(body: str) -> "StartRequest":
        """The request of a trigger: ``{"trigger": {…}, "event": {…}}``. Raises ``RefusedStartError``."""
        try:
            told = json.loads(body)
            trigger, event = told["trigger"], told["event"]
            return StartRequest(
                trigger=trigger["name"],
                identity=tuple(_first_of(event, paths) for paths in trigger["identity"]),
                time=str(event["time"]),
                parameters={name: _value(event, given) for name, given in trigger["parameters"].items()},
                cool_down=int(trigger.get("coolDown", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RefusedStartError(f"The message is none of a trigger: {error!r}") from error

    @staticmethod
    def of_call(payload: Mapping[str, Any], call: str) -> "StartRequest":
        """The request of a call: ``{"parameters": {…}, "key": "…"}``, both optional.

        ``key`` tells starts apart; without it, ``call`` does, which Lambda repeats when it repeats the call. Raises
        ``RefusedStartError``.
        """
        unknown = sorted(payload.keys() - _OF_A_CALL)
        if unknown:
            raise RefusedStartError(f"Unknown members: {', '.join(unknown)}; a call has parameters and key")
        given = payload.get("parameters", {})
        if not isinstance(given, dict):
            raise RefusedStartError('parameters must be an object, such as {"Rounds": 200}')
        values = {str(name): _text(str(name), value) for name, value in cast(dict[Any, Any], given).items()}
        return StartRequest(BY_HAND, (str(payload.get("key") or call),), "", values)


def _value(event: Mapping[str, Any], given: object) -> str:
    """A fixed text, or one with fields of the event in braces."""
    if isinstance(given, str):
        return given
    template = str(cast(Mapping[str, Any], given)["event"])
    return _FIELD.sub(lambda found: _first_of(event, found[1]), template)


def _first_of(event: Mapping[str, Any], paths: str) -> str:
    """The first of the fields ``a.b|c`` that the event has; nothing where the list ends so: ``a.b|``."""
    for path in paths.split("|"):
        found: Any = event
        for name in path.split(".") if path else ():
            found = cast(dict[str, Any], found).get(name) if isinstance(found, dict) else None
        if not path:
            return ""
        if found is not None:
            return _text(path, found)
    raise RefusedStartError(f"The event has no {' or '.join(paths.split('|'))}")


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise RefusedStartError(f"{name} must be text, a number or a truth value, got: {json.dumps(value)}")
