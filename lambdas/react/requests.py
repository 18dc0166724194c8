"""What asks for a reaction: an event of a monitor, and what its rule says is to be done."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.common.retried_queue import RefusedError


@dataclass(frozen=True)
class ReactionRequest:
    """One reaction to one window.

    Args:
        name: What the team calls the reaction.
        kind: ``return``, ``shift``, ``promote`` or ``review``.
        cool_down: Seconds within which it is not done again.
        settings: What it takes, by kind.
        detail: The detail of the monitor's event.
    """

    name: str
    kind: str
    cool_down: int
    settings: Mapping[str, Any]
    detail: Mapping[str, Any]

    @property
    def token(self) -> str:
        """The same for the same window, however often its event comes."""
        parts = [self.name, self.detail["monitor"], self.detail["window"]["name"]]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]

    @property
    def because(self) -> str:
        """Why, in a line of at most 1,000 characters."""
        detail = self.detail
        found = ", ".join(map(str, detail["confirmed"])) if "confirmed" in detail else str(detail["says"])
        return f"{detail['monitor']}, window {detail['window']['name']}: {found}"[:1000]


def request_of(body: str) -> ReactionRequest:
    """The request of a message: ``{"reaction": {…}, "event": {…}}``. Raises ``RefusedError``."""
    try:
        told = json.loads(body)
        reaction, detail = told["reaction"], told["event"]["detail"]
        request = ReactionRequest(
            str(reaction["name"]), str(reaction["kind"]), int(reaction["coolDown"]), reaction["settings"], detail
        )
        assert request.because
        assert detail["window"]["start"]
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise RefusedError(f"the message is no reaction to a monitor's event: {error!r}") from error
    return request
