"""What all triggers of a pipeline have in common."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import Duration, Token
from constructs import Construct

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, seconds_between
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines.triggers.event_text import EventText

TriggerValue = str | int | float | bool | EventText
_LONGEST_COOL_DOWN = 2 * 24 * 3600
"""Half of the time for which an event may wait."""


@dataclass(frozen=True)
class StartQueues:
    """Where a trigger sends its events, and where those go that EventBridge cannot deliver: ARNs."""

    starts: str
    dead_letters: str


@dataclass(frozen=True, kw_only=True)
class Trigger(ABC):
    """Something that happens and starts a pipeline.

    ``parameters`` are the values that it gives: fixed ones, or fields of the event (``EventText``); all others have
    their defaults. ``cool_down`` is the least time between two starts (default: none): what happens meanwhile starts
    the pipeline once, when it is over, with the values of the latest event.
    """

    parameters: Mapping[str, TriggerValue] = field(default_factory=dict[str, TriggerValue])
    cool_down: Duration | None = None

    @property
    @abstractmethod
    def identity(self) -> Sequence[str]:
        """Fields that tell one event from another, so that each starts the pipeline once; ``a|b`` is either."""

    @abstractmethod
    def connect(self, scope: Construct, id: str, *, queues: StartQueues, message: str) -> str | None:
        """Have ``message`` sent when it happens, with the event as its last member; returns the ARN of its rule."""

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it by itself."""
        if self.cool_down:
            yield seconds_between("cool_down", self.cool_down, 1, _LONGEST_COOL_DOWN)

    def message(self, name: str) -> str:
        """The message without its event: JSON whose last brace is missing, and without angle brackets.

        Input templates put fields between ``<`` and ``>``, and know no other way to write these.
        """
        told = {
            "name": name,
            "identity": [*self.identity],
            "parameters": {each: _given(value) for each, value in sorted(self.parameters.items())},
            **({"coolDown": seconds_of(self.cool_down)} if self.cool_down else {}),
        }
        text = json.dumps({"trigger": told}, separators=(",", ":"), ensure_ascii=False)
        return text[:-1].replace("<", "\\u003c").replace(">", "\\u003e")


def value_text(value: str | float) -> str:
    """A fixed value as a start takes it."""
    if isinstance(value, str):
        return value
    if is_token(value):
        return Token.as_string(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _given(value: TriggerValue) -> object:
    return {"event": value.text} if isinstance(value, EventText) else value_text(value)
