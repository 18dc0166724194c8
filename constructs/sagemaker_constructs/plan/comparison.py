"""Comparing the templates of two states of an app, with what changes follow from others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.intrinsics import (
    flat_text,
    is_intrinsic,
    is_list,
    is_structure,
    references_in,
)
from sagemaker_constructs.plan.changes import ChangeAction, PropertyChange, ResourceChange
from sagemaker_constructs.plan.create_only import PERHAPS, REPLACEMENT, UPDATE, requirement
from sagemaker_constructs.plan.normal_form import normal_resources

Place = tuple[str, str]
"""Stack and logical id."""

RETAINED = ("Retain", "RetainExceptOnCreate")
_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "Condition")


def compare(
    old: Mapping[str, Template], new: Mapping[str, Template], contents: Mapping[str, str] | None = None
) -> tuple[ResourceChange, ...]:
    """What changes from the templates ``old`` to ``new``, both by the names of their stacks.

    A stack that is in ``old`` alone is left alone: nobody deletes it. What refers to a resource that is replaced
    changes as well, and is replaced if that property is create-only: within a stack, through an export, and through a
    parameter of Parameter Store.
    """
    return _Comparison(old, new, contents or {}).changes()


class _Comparison:
    def __init__(self, old: Mapping[str, Template], new: Mapping[str, Template], contents: Mapping[str, str]) -> None:
        self._templates = new
        self._old: dict[Place, Mapping[str, Any]] = {}
        self._new: dict[Place, Mapping[str, Any]] = {}
        self._as_written: dict[Place, Mapping[str, Any]] = {}
        for stack, template in new.items():
            before = old.get(stack, {})
            self._old |= {(stack, name): each for name, each in normal_resources(before, contents).items()}
            self._new |= {(stack, name): each for name, each in normal_resources(template, contents).items()}
            self._as_written |= {(stack, name): each for name, each in template.get("Resources", {}).items()}
        self._before = old
        self._found: dict[Place, list[PropertyChange]] = defaultdict(list)
        self._actions: dict[Place, ChangeAction] = {}

    def changes(self) -> tuple[ResourceChange, ...]:
        self._compare_each()
        while self._follow():
            pass
        return tuple(self._change(place) for place in sorted(self._actions))

    def _compare_each(self) -> None:
        for place in {*self._old, *self._new}:
            before, after = self._old.get(place), self._new.get(place)
            if before is None:
                self._actions[place] = ChangeAction.CREATE
            elif after is None:
                kept = before.get("DeletionPolicy") in RETAINED
                self._actions[place] = ChangeAction.KEEP if kept else ChangeAction.DELETE
            else:
                self._compare(place, before, after)

    def _compare(self, place: Place, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        kind = str(after["Type"])
        if before["Type"] != kind:
            self._add(place, PropertyChange("Type", REPLACEMENT))
        for path, old, new in _differences(before["Properties"], after["Properties"]):
            self._add(place, PropertyChange(".".join(path), requirement(kind, path, old, new)))
        if any(before.get(name) != after.get(name) for name in _ATTRIBUTES):
            self._actions.setdefault(place, ChangeAction.UPDATE)

    def _add(self, place: Place, change: PropertyChange) -> bool:
        known = self._found[place]
        same = [each for each in known if each.path == change.path]
        if any(_rank(each.requires) >= _rank(change.requires) and each.certain >= change.certain for each in same):
            return False
        known[:] = [each for each in known if each.path != change.path] + [change]
        action = {REPLACEMENT: ChangeAction.REPLACE, PERHAPS: ChangeAction.MAY_REPLACE, UPDATE: ChangeAction.UPDATE}
        strongest = max((each.requires for each in known), key=_rank)
        self._actions[place] = action[strongest]
        return True

    def _follow(self) -> bool:
        """Add the changes that follow from those that are known; whether there were any."""
        grown = False
        for place, resource in self._as_written.items():
            if place not in self._old or place not in self._new:
                continue
            for path, value in _leaves(_properties(resource)):
                for cause, certain in self._causes(place[0], value):
                    needed = requirement(str(resource["Type"]), path, "old", "new")
                    needed = PERHAPS if needed == REPLACEMENT and not certain else needed
                    grown |= self._add(place, PropertyChange(".".join(path), needed, because=cause, certain=certain))
        return grown

    def _causes(self, stack: str, value: Any) -> Iterator[tuple[str, bool]]:
        """What changes the value of a reference, and whether it is certain to."""
        for name, attribute in _targets(value):
            for place in self._behind(stack, name):
                certain = self._changes_value(place, attribute, is_elsewhere=place[0] != stack)
                if certain is not None:
                    yield (place[1] if place[0] == stack else "/".join(place)), certain

    def _changes_value(self, place: Place, attribute: str, *, is_elsewhere: bool) -> bool | None:
        """Whether what is read of a resource changes for certain; None where it stays."""
        match self._actions.get(place):
            case ChangeAction.REPLACE:
                return all(each.certain for each in self._found[place] if each.requires == REPLACEMENT)
            case ChangeAction.MAY_REPLACE:
                return False
            case ChangeAction.UPDATE:
                kind = str(self._as_written[place]["Type"])
                read = "Value" if kind == "AWS::SSM::Parameter" and is_elsewhere else attribute
                own = [each for each in self._found[place] if each.path.partition(".")[0] == read]
                if own:
                    return all(each.certain for each in own)
                return False if kind.startswith("Custom::") and attribute and self._found[place] else None
            case _:
                return None

    def _behind(self, stack: str, name: str) -> Iterator[Place]:
        """The resources that a reference to ``name`` leads to."""
        if (stack, name) in self._new:
            yield stack, name
            return
        parameter = self._templates[stack].get("Parameters", {}).get(name)
        if parameter and str(parameter.get("Type", "")).startswith("AWS::SSM::Parameter::Value"):
            for place, resource in self._as_written.items():
                properties = _properties(resource)
                if resource.get("Type") == "AWS::SSM::Parameter" and properties.get("Name") == parameter.get(
                    "Default"
                ):
                    yield place
        yield from self._exporters().get(name, ())

    def _exporters(self) -> Mapping[str, Sequence[Place]]:
        found: dict[str, list[Place]] = defaultdict(list)
        for stack, template in self._templates.items():
            for output in template.get("Outputs", {}).values():
                if output.get("Export"):
                    for name in references_in(output.get("Value")):
                        found[flat_text(output["Export"].get("Name"))].append((stack, name))
        return found

    def _change(self, place: Place) -> ResourceChange:
        before, after = self._written(self._before, place), self._as_written.get(place)
        one = after or before or {}
        path = str(one.get("Metadata", {}).get("aws:cdk:path", "")).removesuffix("/Resource")
        return ResourceChange(
            stack=place[0],
            logical_id=place[1],
            type=str(one.get("Type")),
            construct=path or "/".join(place),
            action=self._actions[place],
            properties=tuple(sorted(self._found[place], key=lambda each: (-_rank(each.requires), each.path))),
            old=before,
            new=after,
        )

    @staticmethod
    def _written(templates: Mapping[str, Template], place: Place) -> Mapping[str, Any] | None:
        return templates.get(place[0], {}).get("Resources", {}).get(place[1])


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    found = resource.get("Properties")
    return found if is_structure(found) else {}


def _rank(requires: str) -> int:
    return (UPDATE, PERHAPS, REPLACEMENT).index(requires)


def _differences(
    old: Mapping[str, Any], new: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Path, old and new value of each property that differs; lists are compared as a whole."""
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if is_structure(before) and is_structure(after):
            yield from _differences(before, after, (*path, name))
        else:
            yield (*path, name), before, after


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Path and value of each property that refers to something; a list is one."""
    if is_structure(value) and not is_intrinsic(value):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif is_list(value) or is_intrinsic(value):
        yield path, value


def _targets(value: Any) -> Iterator[tuple[str, str]]:
    """Name and attribute of everything that ``value`` refers to; the attribute of a reference by Ref is empty."""
    if is_list(value):
        for each in value:
            yield from _targets(each)
    elif is_structure(value):
        attribute = value.get("Fn::GetAtt") if len(value) == 1 else None
        if is_list(attribute) and len(attribute) == 2:
            yield str(attribute[0]), flat_text(attribute[1])
        elif is_intrinsic(value) and "Fn::Sub" not in value and "Fn::Join" not in value:
            if "Ref" in value or "Fn::ImportValue" in value:
                for name in references_in(value):
                    yield name, "" if "Ref" in value else "export"
            else:
                for each in value.values():
                    yield from _targets(each)
        elif "Fn::Sub" in value and len(value) == 1:
            yield from ((name, "text") for name in references_in(value))
        else:
            for each in value.values():
                yield from _targets(each)
