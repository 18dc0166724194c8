"""A pipeline's definition: its parameters and steps, and what each step waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from emulator.shapes.aws_rules import StepReading, read_definition
from emulator.shapes.errors import ServiceError

Trigger = Literal["Completed", "Failed", "Stopped", "Any"]

_LOOP = "ForEach"
_NUMBERS = {"Integer": int, "Float": float}


@dataclass(frozen=True)
class DefinedParameter:
    """What an execution may be started with.

    Args:
        name: Its name.
        type: `String`, `Integer`, `Float` or `Boolean`.
        default: Its value if none is given; None when one has to be.
        allowed: The values of a string that has an enumeration.
    """

    name: str
    type: str
    default: Any = None
    allowed: Sequence[str] = ()

    def read(self, text: str) -> Any:
        """The value that a start names as text. Raises ServiceError for text that is no such value."""
        if self.allowed and text not in self.allowed:
            raise self._refused(text, f"one of {', '.join(self.allowed)}")
        if self.type == "Boolean":
            if text.lower() not in ("true", "false"):
                raise self._refused(text, "true or false")
            return text.lower() == "true"
        try:
            return _NUMBERS[self.type](text) if self.type in _NUMBERS else text
        except ValueError:
            raise self._refused(text, f"a value of type {self.type}") from None

    def _refused(self, text: str, wanted: str) -> ServiceError:
        return ServiceError("ValidationException", f"Parameter '{self.name}' must be {wanted}, got: {text}")


@dataclass(frozen=True)
class Awaited:
    """A step that another one waits for, and the end of it that lets the other one begin."""

    step: str
    trigger: Trigger = "Completed"


@dataclass(frozen=True)
class DefinedStep:
    """One step.

    Args:
        name: Its name.
        type: Such as `Training`.
        body: All of it, as the definition writes it.
        dependencies: What it waits for: what it names, and whose results it uses.
        branch: The condition step in one of whose branches it stands, and which; None outside of any.
        inner: The steps that a ForEach step repeats.
    """

    name: str
    type: str
    body: Mapping[str, Any]
    dependencies: Sequence[Awaited] = ()
    branch: tuple[str, bool] | None = None
    inner: Sequence[DefinedStep] = field(default=())

    @property
    def before(self) -> Iterator[str]:
        """The steps that come before it, whatever the reason."""
        yield from (each.step for each in self.dependencies)
        if self.branch:
            yield self.branch[0]


@dataclass(frozen=True)
class ParsedDefinition:
    """All of it. Steps stand in the order of the text, those of branches after their condition."""

    parameters: Mapping[str, DefinedParameter]
    steps: Mapping[str, DefinedStep]

    @staticmethod
    def parse(text: str) -> ParsedDefinition:
        """Read a definition, in which the catalogue of AWS's rules has found nothing to refuse."""
        reading = read_definition(text)
        if reading is None:
            raise ServiceError("ValidationException", "Unable to parse pipeline definition.")
        parameters = {
            each["Name"]: DefinedParameter(
                each["Name"], each["Type"], each.get("DefaultValue"), each.get("EnumValues") or ()
            )
            for each in reading.parameters
        }
        outer = [step for step in reading.steps if not any(around.kind == _LOOP for around in step.within)]
        return ParsedDefinition(parameters, {step.name: _defined(step) for step in outer})

    def values(self, given: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """The parameters' values of an execution that is started with these. Raises ServiceError."""
        texts = {each["Name"]: each["Value"] for each in given}
        unknown = sorted(set(texts) - set(self.parameters))
        if unknown:
            raise ServiceError("ValidationException", f"Unknown parameters for this pipeline: {', '.join(unknown)}")
        values = {
            name: parameter.read(texts[name]) if name in texts else parameter.default
            for name, parameter in self.parameters.items()
        }
        missing = sorted(name for name, value in values.items() if value is None)
        if missing:
            raise ServiceError("ValidationException", f"Missing values for parameters: {', '.join(missing)}")
        return values


def _defined(step: StepReading) -> DefinedStep:
    inner = [_defined(each) for each in step.steps_inside()] if step.kind == _LOOP else []
    own = {each.name for each in inner}
    named = {name: Awaited(name, cast(Trigger, trigger)) for name, trigger in step.waits_for}
    used = [reference.step for _, reference in step.uses if reference.step]
    for name in [*used, *(before for each in inner for before in each.before)]:
        named.setdefault(name, Awaited(name))
    waits = [each for name, each in named.items() if name not in own]
    return DefinedStep(step.name, step.kind, step.document, waits, _branch(step), inner)


def _branch(step: StepReading) -> tuple[str, bool] | None:
    if not step.within or step.within[-1].kind == _LOOP:
        return None
    condition = step.within[-1]
    return condition.name, any(each is step.document for each in condition.arguments.get("IfSteps") or ())
