"""The resources of an app in relation: who refers to whom, within a template and across exports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.intrinsics import (
    flat_text,
    is_intrinsic,
    is_list,
    is_structure,
    references_in,
)

_PART = re.compile(r"\w+|\+")


@dataclass(frozen=True, eq=False)
class TemplateResource:
    """A resource that is judged, or a request in the text of one: what its type is and what its properties say.

    ``within`` is the property whose text holds the request, and empty for a resource.
    """

    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    resource: Mapping[str, Any]
    landscape: Landscape = field(repr=False)
    within: str = ""

    def value(self, path: str) -> Any:
        """What stands at ``path``, such as ``DataCaptureConfig.KmsKeyId``; None where nothing does."""
        found: Any = self.properties
        for part in _PART.findall(path):
            if is_structure(found):
                found = found.get(part)
            elif is_list(found) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return found

    def text(self, path: str) -> str:
        """What stands at ``path`` as text; empty where nothing does."""
        return flat_text(self.value(path))

    def lacks(self, path: str) -> bool:
        """Whether nothing stands at ``path``; a reference is something."""
        return self.value(path) in (None, "", [], {})

    def is_on(self, path: str) -> bool:
        """Whether ``path`` is true, or may be: only the deployment has the value of a reference."""
        return is_intrinsic(self.value(path)) or str(self.value(path)).lower() == "true"

    def members(self, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Path and content of each structure in the list at ``path``."""
        found = self.value(path)
        for index, each in enumerate(found if is_list(found) else ()):
            if is_structure(each):
                yield f"{path}[{index}]", each

    @property
    def path(self) -> str:
        """The path of the construct, or stack and logical id where the template has none."""
        written = self.resource.get("Metadata", {}).get("aws:cdk:path")
        return str(written).removesuffix("/Resource") if written else f"{self.stack}/{self.logical_id}"


class Landscape:
    """All resources of an app, by the templates of its stacks."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = templates
        self._by_id: dict[tuple[str, str], TemplateResource] = {}
        self._by_type: dict[str, list[TemplateResource]] = defaultdict(list)
        for stack, template in templates.items():
            for logical_id, resource in template.get("Resources", {}).items():
                written = resource.get("Properties")
                properties: Mapping[str, Any] = written if is_structure(written) else {}
                found = TemplateResource(stack, logical_id, str(resource.get("Type")), properties, resource, self)
                self._by_id[stack, logical_id] = found
                self._by_type[found.type].append(found)

    def __iter__(self) -> Iterator[TemplateResource]:
        """Each resource."""
        return iter(self._by_id.values())

    def of_type(self, *types: str) -> Sequence[TemplateResource]:
        """The resources of these types."""
        return [each for kind in types for each in self._by_type.get(kind, ())]

    def called(self, stack: str, name: str) -> TemplateResource | None:
        """The resource with this logical id in ``stack``, or behind the export of this name."""
        return self._by_id.get((stack, name)) or self._exported.get(name)

    def referred(self, subject: TemplateResource, value: object) -> TemplateResource | None:
        """The first resource that ``value``, of ``subject``, refers to."""
        found = (self.called(subject.stack, name) for name in references_in(value))
        return next((each for each in found if each is not None), None)

    @cached_property
    def links(self) -> Mapping[TemplateResource, frozenset[TemplateResource]]:
        """What each resource refers to."""
        return {
            subject: frozenset(
                found
                for name in references_in(subject.properties)
                if (found := self.called(subject.stack, name)) is not None and found is not subject
            )
            for subject in self
        }

    @cached_property
    def users(self) -> Mapping[TemplateResource, frozenset[TemplateResource]]:
        """Who refers to each resource."""
        found = defaultdict[TemplateResource, set[TemplateResource]](set)
        for subject, others in self.links.items():
            for other in others:
                found[other].add(subject)
        return {subject: frozenset(found[subject]) for subject in self}

    @cached_property
    def _exported(self) -> Mapping[str, TemplateResource]:
        found: dict[str, TemplateResource] = {}
        for stack, template in self._templates.items():
            for output in template.get("Outputs", {}).values():
                exported = flat_text(output["Export"].get("Name")) if output.get("Export") else ""
                names = (self._by_id.get((stack, name)) for name in references_in(output.get("Value")))
                subject = next((each for each in names if each is not None), None)
                if exported and subject is not None:
                    found[exported] = subject
        return found
