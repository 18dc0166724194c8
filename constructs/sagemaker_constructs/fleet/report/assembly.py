"""What is read of a synthesized fleet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.templates.endpoint_capacity import Resources, endpoint_capacity
from sagemaker_constructs.fleet.endpoint_fleet import METADATA


@dataclass(frozen=True)
class FleetEndpoint:
    """An endpoint of a row: instances of each type at first, and at most; ``shown`` are columns of the table."""

    row: str
    endpoint_name: str
    first: Mapping[str, int]
    most: Mapping[str, int]
    shown: Mapping[str, str]


@dataclass(frozen=True)
class FleetStack:
    """A stack of a fleet, with the ``size`` of its template in bytes, and its resources by type."""

    name: str
    wave: int
    size: int
    resources: Mapping[str, int]
    endpoints: Sequence[FleetEndpoint]


def fleet_stacks(assembly: Path) -> Iterator[FleetStack]:
    """The stacks of fleets in a synthesized app (``cdk.out``), those in stages included.

    Raises ``FileNotFoundError`` for a folder that is no such app.
    """
    document = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for name, artifact in document.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from fleet_stacks(assembly / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            body = (assembly / properties["templateFile"]).read_bytes()
            template = json.loads(body)
            if METADATA in template.get("Metadata", {}):
                yield _stack(str(properties.get("stackName", name)), len(body), template)


def _stack(name: str, size: int, template: Mapping[str, Any]) -> FleetStack:
    resources: Resources = template["Resources"]
    fleet = template["Metadata"][METADATA]
    rows: Mapping[str, Mapping[str, str]] = fleet["rows"]
    found = [
        _endpoint(row, logical_id, resources, rows[row])
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::SageMaker::Endpoint" and (row := _row(resource, rows))
    ]
    kinds = Counter(str(resource["Type"]) for resource in resources.values())
    return FleetStack(name, fleet["wave"], size, kinds, sorted(found, key=lambda each: each.row))


def _row(resource: Mapping[str, Any], rows: Mapping[str, object]) -> str:
    """Whose resource it is: the part of the construct's path that is a row."""
    parts = str(resource.get("Metadata", {}).get("aws:cdk:path", "")).split("/")
    return next((part for part in parts if part in rows), "")


def _endpoint(row: str, logical_id: str, resources: Resources, shown: Mapping[str, str]) -> FleetEndpoint:
    capacity = endpoint_capacity(logical_id, resources)
    name = str(resources[logical_id]["Properties"].get("EndpointName", ""))
    return FleetEndpoint(row, name, capacity.first, capacity.most, shown)
