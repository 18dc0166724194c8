"""What a variant of the platform is: one small change of one resource, and where a reader expects to be told."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import is_list, is_structure

Template = dict[str, Any]
Templates = dict[str, Template]

ABSENT = object()
"""In place of a value: take the property, or the whole resource, away."""

SECURITY_HUB = "https://docs.aws.amazon.com/securityhub/latest/userguide"
GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


@dataclass(frozen=True)
class Replaced:
    """In place of a value: rewrite the text of the property, wherever in it the text stands."""

    old: str
    new: str

    def within(self, value: Any) -> Any:
        """``value`` with the new text."""
        if isinstance(value, str):
            return value.replace(self.old, self.new)
        if is_list(value):
            return [self.within(each) for each in value]
        if is_structure(value):
            return {name: self.within(each) for name, each in value.items()}
        return value


@dataclass(frozen=True)
class Variant:
    """One change: ``path`` of the first resource of type ``kind`` becomes ``value``.

    ``page`` is where AWS says that it should not be so. ``named`` is the beginning of the logical id, where the first
    one is not meant. ``told_at`` are the types, or the type and first part of the property, at which a
    finding counts; left out, it is the changed property of the changed resource. ``adds`` are further resources.
    ``attributes`` stand beside the properties. A part ``+`` of the path appends to a list.
    """

    name: str
    kind: str
    path: str
    value: Any
    page: str
    stack: str = ""
    named: str = ""
    told_at: tuple[str, ...] = ()
    adds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def expected(self) -> tuple[str, ...]:
        """Where a finding counts: types, or types and properties."""
        return self.told_at or (f"{self.kind}/{self.path.partition('.')[0].partition('[')[0]}",)

    def of(self, templates: Mapping[str, Mapping[str, Any]]) -> Templates:
        """A copy of ``templates`` with the change.

        Raises ``LookupError`` where there is nothing to change, and ``ValueError`` for a change of nothing.
        """
        changed = copy.deepcopy({name: dict(template) for name, template in templates.items()})
        stack, logical_id = self._place(changed)
        resources = changed[stack]["Resources"]
        before = json.dumps(changed, sort_keys=True)
        if self.path:
            _set(resources[logical_id].setdefault("Properties", {}), self.path, self.value)
        elif self.value is ABSENT:
            del resources[logical_id]
        if logical_id in resources:
            resources[logical_id].update(self.attributes)
        resources |= copy.deepcopy({name: dict(each) for name, each in self.adds.items()})
        if json.dumps(changed, sort_keys=True) == before:
            raise ValueError(f"{self.name}: nothing is changed")
        return changed

    def _place(self, templates: Templates) -> tuple[str, str]:
        for stack, template in templates.items():
            for logical_id, resource in template["Resources"].items():
                if self.stack in ("", stack) and resource["Type"] == self.kind and logical_id.startswith(self.named):
                    return stack, logical_id
        raise LookupError(f"{self.name}: no {self.kind} {self.named}")


def _set(place: Any, path: str, value: Any) -> None:
    parts = [part for part in re.split(r"[.\[\]]+", path) if part]
    for part, following in pairwise(parts):
        place = _within(place, part, [] if following == "+" else {})
    last: Any = int(parts[-1]) if is_list(place) and parts[-1].isdigit() else parts[-1]
    if value is ABSENT:
        del place[last]
    elif isinstance(value, Replaced):
        place[last] = value.within(place[last])
    elif last == "+":
        place.append(copy.deepcopy(value))
    else:
        place[last] = copy.deepcopy(value)


def _within(place: Any, part: str, missing: Any) -> Any:
    return place[int(part)] if is_list(place) else place.setdefault(part, missing)
