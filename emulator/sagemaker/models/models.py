"""Models: what they are made of, be it said in the request or by a model package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError

_Definition = Mapping[str, Any]


class Models:
    """Behaviour of models: a model package is read once, when the model is created.

    Args:
        records: Where model packages are kept.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def created(self, record: Record) -> None:
        """Keep what the package holds; raises ServiceError for a specification that it does not have."""
        primary: _Definition = record.request.get("PrimaryContainer") or {}
        package, wanted = self._package(primary), primary.get("InferenceSpecificationName")
        if package is None:
            return
        specified = _specification(package, wanted)
        if specified is None:
            called = f" {wanted}" if wanted else ""
            raise ServiceError(
                "ValidationException", f"Model package {package.arn} has no inference specification{called}."
            )
        own: dict[str, str] = primary.get("Environment") or {}
        packaged: list[dict[str, Any]] = specified.get("Containers", [])
        containers = [{**one, "Environment": {**one.get("Environment", {}), **own}} for one in packaged]
        self._records.change(record, PackagedContainers=containers)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Models have no Update."""

    def stopped(self, record: Record) -> None:
        """Models have no Stop."""

    def deleted(self, record: Record) -> bool:
        """Nothing is running, so it may go."""
        del record
        return True

    def _package(self, primary: _Definition) -> Record | None:
        name = primary.get("ModelPackageName")
        kind = kinds()["ModelPackage"]
        return self._records.find(kind.name, kind.key({kind.identity[0]: name})) if name else None


def _specification(package: Record, name: str | None) -> _Definition | None:
    if not name:
        return package.request.get("InferenceSpecification")
    further: Sequence[_Definition] = package.request.get("AdditionalInferenceSpecifications") or []
    return next((specification for specification in further if specification["Name"] == name), None)
