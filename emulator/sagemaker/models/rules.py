"""What CreateModel refuses beyond the shapes of its request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from emulator.sagemaker.api.records import Record
from emulator.shapes.errors import ServiceError


class Checked:
    """Behaviour of kinds that are refused by rules, and recorded otherwise.

    Args:
        problems: Gives one sentence for each rule that a new resource breaks.
    """

    def __init__(self, problems: Callable[[Record], Iterator[str]]) -> None:
        self._problems = problems

    def created(self, record: Record) -> None:
        """Refuse what breaks a rule, with all the reasons."""
        found = list(self._problems(record))
        if found:
            raise ServiceError("ValidationException", " ".join(found))

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Updates are recorded only."""

    def stopped(self, record: Record) -> None:
        """These kinds have no Stop."""

    def deleted(self, record: Record) -> bool:
        """Nothing is running, so it may go."""
        del record
        return True


def model_problems(model: Record) -> Iterator[str]:
    """What is wrong with a model; https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-endpoints.html."""
    several: Sequence[Mapping[str, Any]] = model.request.get("Containers") or []
    if several and model.request.get("PrimaryContainer"):
        yield "Either PrimaryContainer or Containers must be given, not both."
    execution: Mapping[str, str] = model.request.get("InferenceExecutionConfig") or {}
    hostnames = [one.get("ContainerHostname") for one in several]
    if execution.get("Mode") == "Direct" and not all(hostnames):
        yield "Each container needs a ContainerHostname when containers are invoked directly."
    named = [one for one in hostnames if one]
    if len(named) != len(set(named)):
        yield "Each ContainerHostname must be unique within the model."
