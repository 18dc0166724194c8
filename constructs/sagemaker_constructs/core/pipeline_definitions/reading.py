"""A definition as it is read: every step with its place, and who uses whose result."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

from sagemaker_constructs.core.pipeline_definitions.expressions import (
    Reference,
    entries_of,
    members_of,
    references,
    structures_of,
)
from sagemaker_constructs.core.pipeline_definitions.results import (
    TEXT,
    ResultNode,
    declared_outputs,
    result_of,
)
from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES, StepType
from sagemaker_constructs.core.tokens import is_token

_INSIDE = {"Condition": ("IfSteps", "ElseSteps"), "ForEach": ("ForEachBody",)}


@dataclass(frozen=True)
class StepReading:
    """A step of a definition: ``within`` are the conditions and loops around it, outermost first."""

    document: Mapping[str, Any]
    within: tuple["StepReading", ...] = ()

    @property
    def name(self) -> str:
        """Its name; empty where it has none."""
        return str(self.document.get("Name") or "")

    @property
    def kind(self) -> str:
        """Its type, as written."""
        return str(self.document.get("Type") or "")

    @property
    def type(self) -> StepType | None:
        """Its type; None for one that does not exist."""
        return STEP_TYPES.get(self.kind)

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What its call is given."""
        return members_of(self.document.get("Arguments"))

    @property
    def waits_for(self) -> Iterator[tuple[str, str]]:
        """Name and trigger of each step in its ``DependsOn``."""
        for each in entries_of(self.document.get("DependsOn")):
            given = members_of(each)
            if given:
                yield str(given.get("Step")), str(given.get("Trigger", "Completed"))
            else:
                yield str(each), "Completed"

    def steps_inside(self) -> Iterator["StepReading"]:
        """The steps of its branches, or of its body."""
        for member in _INSIDE.get(self.kind, ()):
            given = self.arguments.get(member)
            for each in structures_of(given) or ([members_of(given)] if members_of(given) else []):
                yield StepReading(each, (*self.within, self))

    @cached_property
    def own_document(self) -> Mapping[str, Any]:
        """The step without the steps inside it."""
        inside = _INSIDE.get(self.kind)
        if not inside:
            return self.document
        arguments = {name: value for name, value in self.arguments.items() if name not in inside}
        return {**self.document, "Arguments": arguments}

    @cached_property
    def uses(self) -> tuple[tuple[str, Reference], ...]:
        """Each reference of the step itself, with its path within the step."""
        return tuple(references(self.own_document))

    def result_at(self, asked: str) -> ResultNode | None:
        """What its result has at a path; None where there is nothing."""
        if self.kind in ("Lambda", "Callback"):
            return declared_outputs(self.document.get("OutputParameters")).at(asked)
        return result_of(self.kind).at(asked) if self.type else None

    @property
    def property_files(self) -> list[Mapping[str, Any]]:
        """The files that ``Std:JsonGet`` may read."""
        return structures_of(self.document.get("PropertyFiles"))


class PipelineReading:
    """A whole definition. What is wrong with it shows in what is asked of it: reading refuses nothing."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document: Mapping[str, Any] = document
        top = entries_of(document.get("Steps"))
        self.steps: tuple[StepReading, ...] = tuple(_all_of(StepReading(each) for each in top))
        self.by_name: Mapping[str, StepReading] = {step.name: step for step in reversed(self.steps)}

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """The declared parameters."""
        return structures_of(self.document.get("Parameters"))

    def kind_of(self, reference: Reference) -> str | None:
        """The type of what a reference stands for; None where that is not known."""
        if reference.step:
            step = self.by_name.get(reference.step)
            found = step.result_at(reference.asked) if step else None
            return found.kind if found else None
        if reference.path.startswith("Parameters."):
            name = reference.path.removeprefix("Parameters.")
            return next((str(each.get("Type")) for each in self.parameters if each.get("Name") == name), None)
        return TEXT if reference.path.startswith("Execution.") else None

    @cached_property
    def waits(self) -> Mapping[str, frozenset[str]]:
        """For each step, those that come before it: by its own words, by reference, or by what is around it."""
        found: dict[str, set[str]] = {}
        for step in self.steps:
            before = {reference.step for _, reference in step.uses if reference.step}
            before |= {name for name, _ in step.waits_for}
            before |= {outer.name for outer in step.within}
            found.setdefault(step.name, set()).update(before)
        # A step inside waits for what is around it, so what is around does not wait for it.
        return {name: frozenset(before & found.keys()) for name, before in found.items()}


def _all_of(steps: Iterator[StepReading]) -> Iterator[StepReading]:
    for step in steps:
        if isinstance(cast(object, step.document), Mapping):
            yield step
            yield from _all_of(step.steps_inside())


def read_definition(definition: object) -> PipelineReading | None:
    """The definition of a request: a document at synth, its text at run time; None where it is no document."""
    if isinstance(definition, str):
        return None if is_token(definition) and not definition.startswith("{") else _parsed(definition)
    if not isinstance(definition, Mapping):
        return None
    return _read_once(_Same(cast(Mapping[str, Any], definition)))


@dataclass(frozen=True, eq=False)
class _Same:
    """A document that is the same only as itself."""

    document: Mapping[str, Any]

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.document is self.document


@lru_cache(maxsize=2)
def _read_once(same: _Same) -> PipelineReading:
    return PipelineReading(same.document)


@lru_cache(maxsize=2)
def _parsed(text: str) -> PipelineReading | None:
    try:
        document: object = json.loads(text)
    except ValueError:
        return None
    return PipelineReading(cast(Mapping[str, Any], document)) if isinstance(document, dict) else None
