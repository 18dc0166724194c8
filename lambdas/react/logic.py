"""React to a window once, and not again within the cool-down."""

import json
from dataclasses import dataclass

from lambdas.common.retried_queue import RefusedError
from lambdas.react.acts import NothingToDoError, ReactionServices
from lambdas.react.requests import ReactionRequest, request_of
from lambdas.react.table import ReactionTable

_ENDED = ("done", "skipped", "refused")


@dataclass(frozen=True)
class Reacting:
    """Reactions, of which each decision is a line in a table and one in the log."""

    table: ReactionTable
    services: ReactionServices

    def take(self, body: str) -> None:
        """Act on a message of a rule.

        A function that dies is followed by one that finds in the line what it was about to act on: what is live by
        then may be another version. Raises ``RefusedError`` for what is never possible, ``LaterError`` for what is
        not possible yet.
        """
        request = request_of(body)
        line = self.table.line(request)
        state = line["State"]["S"] if line else ""
        if state in _ENDED:
            return
        try:
            target = line["Target"]["S"] if line else self.services.target(request)
        except NothingToDoError as nothing:
            self._skip(request, str(nothing))
            return
        if not self.table.claim(request, target):
            self._skip(request, f"{request.name} has reacted less than {request.cool_down} s ago")
            return
        try:
            outcome = self.services.act(request, target)
        except RefusedError as refusal:
            self._settle(request, "refused", str(refusal), target)
            raise
        except Exception:
            self.table.release(request)
            raise
        self._settle(request, "done", outcome, target)

    def _settle(self, request: ReactionRequest, state: str, outcome: str, target: str) -> None:
        self.table.settle(request, state, outcome, target)
        _log(request, state, outcome)

    def _skip(self, request: ReactionRequest, outcome: str) -> None:
        self.table.skip(request, outcome)
        _log(request, "skipped", outcome)


def _log(request: ReactionRequest, state: str, outcome: str) -> None:
    # The log is where somebody looks who asks why another version is live.
    print(json.dumps({"reaction": request.name, "state": state, "because": request.because, "outcome": outcome}))
