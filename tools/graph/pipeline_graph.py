"""The graph of a pipeline's definition: its steps, what flows between them, and how an execution went."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sagemaker_constructs.core.pipeline_definitions.expressions import (
    Reference,
    entries_of,
    function_of,
    members_of,
    structures_of,
)
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading
from tools.graph.drawing import edge, graph, label, quoted

_SHAPES = {"Condition": 'shape=hexagon, fillcolor="#fef3c7", color="#b45309"', "Fail": "shape=octagon"}
_COLOURS = {
    "Succeeded": 'fillcolor="#bbf7d0", color="#15803d"',
    "Failed": 'fillcolor="#fecaca", color="#b91c1c", penwidth=2',
    "Executing": 'fillcolor="#bfdbfe", color="#1d4ed8"',
    "Starting": 'fillcolor="#bfdbfe", color="#1d4ed8"',
    "Stopping": 'fillcolor="#e5e7eb", color="#4b5563"',
    "Stopped": 'fillcolor="#e5e7eb", color="#4b5563"',
}
_NOT_RUN = 'style="rounded,dashed", color="#94a3b8", fontcolor="#64748b"'
_SIGNS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": "≥",
    "LessThan": "<",
    "LessThanOrEqualTo": "≤",
}
_SHOWN = 3


@dataclass(frozen=True)
class StepState:
    """What became of a step in an execution; ``words`` say how long it took, or that the cache had its result."""

    status: str
    words: str = ""


def pipeline_graph(name: str, reading: PipelineReading, states: Mapping[str, StepState] | None = None) -> str:
    """The graph of a definition: types, data flow, marks of cache and retries; coloured by ``states`` if given."""
    top = [step for step in reading.steps if not step.within]
    body = [line for step in top for line in _drawn(step, states)]
    body += _flows(reading)
    body += [line for step in reading.steps for line in _branches(step, reading)]
    return graph(name, body, caption=", ".join(map(_parameter, reading.parameters)))


def _drawn(step: StepReading, states: Mapping[str, StepState] | None) -> Iterator[str]:
    """A step with what is inside it; the body of a loop stands in a frame."""
    inside = [line for inner in step.steps_inside() for line in _drawn(inner, states)]
    if step.kind == "ForEach":
        yield f'subgraph {quoted(f"cluster {step.name}")} {{ style=rounded; color="#94a3b8"; label=""'
    yield _node(step, states)
    yield from inside
    if step.kind == "ForEach":
        yield "}"


def _node(step: StepReading, states: Mapping[str, StepState] | None) -> str:
    state = (states or {}).get(step.name)
    lines = [step.kind, *_marks(step)]
    used = sorted({path.removeprefix("Parameters.") for path in _parameters_of(step)})
    if used and step.kind != "Condition":
        lines.append(f"uses {_some(used)}")
    if state:
        lines.append(" ".join(filter(None, (state.status, state.words))))
    looks = [_SHAPES.get(step.kind, "")]
    if states is not None:
        looks.append(_COLOURS.get(state.status, "") if state else _NOT_RUN)
    shown = ", ".join([f"label={label(step.name, *lines)}", *filter(None, looks)])
    return f"{quoted(step.name)} [{shown}]"


def _marks(step: StepReading) -> Iterator[str]:
    if step.kind == "Condition":
        yield " and ".join(map(_condition, structures_of(step.arguments.get("Conditions"))))
    if step.kind == "ForEach":
        yield f"for each of {_operand(step.arguments.get('IterableItems'))}"
    cache = members_of(step.document.get("CacheConfig"))
    if cache.get("Enabled"):
        yield f"cached for {cache.get('ExpireAfter')}" if cache.get("ExpireAfter") else "cached"
    for policy in structures_of(step.document.get("RetryPolicies")):
        times = f"{policy['MaxAttempts']} times" if "MaxAttempts" in policy else f"{policy.get('ExpireAfterMin')} min"
        yield f"retries {times}: {_some([str(each) for each in entries_of(policy.get('ExceptionType'))])}"


def _parameters_of(step: StepReading) -> Iterator[str]:
    return (reference.path for _, reference in step.uses if reference.path.startswith("Parameters."))


def _flows(reading: PipelineReading) -> Iterator[str]:
    """An arrow for each pair of steps of which one uses results of the other, or waits for it."""
    flows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in reading.steps:
        for _, reference in step.uses:
            if reference.step in reading.by_name:
                flows[reference.step, step.name].append(_last(reference.asked))
    for (source, target), results in flows.items():
        yield edge(source, target, _some(list(dict.fromkeys(results))), line="data")
    for step in reading.steps:
        for name, trigger in step.waits_for:
            if (name, step.name) not in flows:
                yield edge(name, step.name, "" if trigger == "Completed" else trigger.lower(), line="order")


def _branches(step: StepReading, reading: PipelineReading) -> Iterator[str]:
    """Arrows from a condition or loop to the steps that come first in its branches."""
    words = {"IfSteps": "true", "ElseSteps": "false", "ForEachBody": "each"}
    for member, word in words.items():
        given = step.arguments.get(member)
        inside = structures_of(given) or ([members_of(given)] if members_of(given) else [])
        names = {str(each.get("Name")) for each in inside}
        for name in sorted(names):
            if not (reading.waits.get(name, frozenset[str]()) & names):
                yield edge(step.name, name, word, line="branch")


def _condition(condition: Mapping[str, Any]) -> str:
    kind = str(condition.get("Type"))
    if kind == "Not":
        return f"not ({_condition(members_of(condition.get('Condition')))})"
    if kind == "Or":
        return " or ".join(map(_condition, structures_of(condition.get("Conditions"))))
    if kind == "In":
        values = _some([_operand(each) for each in entries_of(condition.get("Values"))])
        return f"{_operand(condition.get('QueryValue'))} in {values}"
    return f"{_operand(condition.get('LeftValue'))} {_SIGNS.get(kind, kind)} {_operand(condition.get('RightValue'))}"


def _operand(value: object) -> str:
    """A value as a person would say it: a literal, a parameter, ``Evaluate auc``."""
    match function_of(value):
        case "Get":
            reference = Reference.of(str(members_of(value)["Get"]))
            return f"{reference.step} {_last(reference.asked)}" if reference.step else _last(reference.path)
        case "Std:JsonGet":
            given = members_of(members_of(value)["Std:JsonGet"])
            source = Reference.of(str(members_of(given.get("PropertyFile")).get("Get", "")))
            return f"{source.step} {_last(str(given.get('Path')))}".strip()
        case "Std:Join":
            return "…"
        case None:
            if isinstance(value, list):
                return _some([_operand(each) for each in cast("list[object]", value)])
            return str(value)


def _parameter(parameter: Mapping[str, Any]) -> str:
    default = f" = {parameter['DefaultValue']}" if "DefaultValue" in parameter else ""
    return f"{parameter.get('Name')}: {parameter.get('Type')}{default}"


def _last(path: str) -> str:
    """What a path is about: the last name in brackets, which the user gave, and otherwise its last member."""
    named = re.findall(r"\['([^']+)'\]", path)
    return named[-1] if named else path.rpartition(".")[2]


def _some(words: list[str]) -> str:
    return ", ".join([*words[:_SHOWN], *(["…"] if len(words) > _SHOWN else [])])
