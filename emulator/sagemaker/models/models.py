"""Models: what they are made of, be it said in the request or by a model package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.models.rules import Checked, model_problems

_Definition = Mapping[str, Any]


class Models(Checked):
    """Behaviour of models: refused by rules; a model package is read once, when the model is created.

    Args:
        records: Where model packages are kept.
    """

    def __init__(self, records: Records) -> None:
        super().__init__(self._model_problems)
        self._records = records

    def created(self, record: Record) -> None:
        """Refuse what breaks a rule, and keep what the package holds."""
        super().created(record)
        primary: _Definition = record.request.get("PrimaryContainer") or {}
        package = self._package(primary)
        if package is not None:
            specified = _specification(package, primary.get("InferenceSpecificationName")) or {}
            own: dict[str, str] = primary.get("Environment") or {}
            packaged: list[dict[str, Any]] = specified.get("Containers", [])
            containers = [{**one, "Environment": {**one.get("Environment", {}), **own}} for one in packaged]
            self._records.change(record, PackagedContainers=containers)

    def _model_problems(self, model: Record) -> Iterator[str]:
        yield from model_problems(model)
        primary: _Definition = model.request.get("PrimaryContainer") or {}
        package, wanted = self._package(primary), primary.get("InferenceSpecificationName")
        if package is not None and _specification(package, wanted) is None:
            yield f"Model package {package.arn} has no inference specification{f' {wanted}' if wanted else ''}."

    def _package(self, primary: _Definition) -> Record | None:
        name = primary.get("ModelPackageName")
        kind = kinds()["ModelPackage"]
        return self._records.find(kind.name, kind.key({kind.identity[0]: name})) if name else None


def _specification(package: Record, name: str | None) -> _Definition | None:
    if not name:
        return package.request.get("InferenceSpecification")
    further: Sequence[_Definition] = package.request.get("AdditionalInferenceSpecifications") or []
    return next((specification for specification in further if specification["Name"] == name), None)
