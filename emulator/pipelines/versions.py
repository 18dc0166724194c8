"""The versions of a pipeline: one for its creation and for each update, and the aliases that name them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError

_MOST_ALIASES = 10
_KEPT = ("PipelineDefinition", "RoleArn", "ParallelismConfiguration")


class Versions:
    """Those of one pipeline, kept in its record."""

    def __init__(self, record: Record, records: Records) -> None:
        self._record = record
        self._records = records
        self._versions: list[dict[str, Any]] = [dict(version) for version in record.outcome.get("Versions", [])]

    @property
    def all(self) -> list[dict[str, Any]]:
        """Every version, the oldest first."""
        return self._versions

    def add(self, request: Mapping[str, Any]) -> int:
        """A version as the request describes it; returns its number."""
        number = len(self._versions) + 1
        kept = {name: request[name] for name in _KEPT if name in request}
        self._versions.append(
            {**kept, "PipelineVersionId": number, "CreationTime": time.time(), "PipelineVersionAliases": []}
        )
        self._change_aliases(number, request.get("PipelineVersionAliases", []), [])
        self._save()
        return number

    def find(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The version that a request names by number or alias, else the newest. Raises ServiceError."""
        if "PipelineVersionId" in request and "PipelineVersionAlias" in request:
            raise ServiceError("ValidationException", "Name PipelineVersionId or PipelineVersionAlias, not both.")
        if "PipelineVersionAlias" in request:
            alias = request["PipelineVersionAlias"]
            found = [each for each in self._versions if alias in each["PipelineVersionAliases"]]
            if not found:
                raise self._missing(f"alias {alias}")
            return found[0]
        number: int = request.get("PipelineVersionId", len(self._versions))
        if not 1 <= number <= len(self._versions):
            raise self._missing(str(number))
        return self._versions[number - 1]

    def update(self, request: Mapping[str, Any]) -> None:
        """Change what describes a version, and its aliases. Raises ServiceError."""
        version = self.find({"PipelineVersionId": request["PipelineVersionId"]})
        for name in ("PipelineVersionDisplayName", "PipelineVersionDescription"):
            if name in request:
                version[name] = request[name]
        operations = request.get("PipelineVersionAliasOperations", {})
        self._change_aliases(version["PipelineVersionId"], operations.get("Add", []), operations.get("Remove", []))
        self._save()

    def started(self, number: int, arn: str) -> None:
        """Note the last execution of a version."""
        self._versions[number - 1]["LastExecutionPipelineExecutionArn"] = arn
        self._save()

    def _change_aliases(self, number: int, added: list[str], removed: list[str]) -> None:
        """An alias names one version, and has to be removed from it before another gets it."""
        for version in self._versions:
            taken = sorted({*added}.intersection(version["PipelineVersionAliases"]))
            if taken and version["PipelineVersionId"] != number:
                raise ServiceError(
                    "ConflictException",
                    f"Alias {taken[0]} names version {version['PipelineVersionId']}: remove it there first.",
                )
        own = self._versions[number - 1]
        names = [name for name in own["PipelineVersionAliases"] if name not in (*removed, *added)] + added
        if len(names) > _MOST_ALIASES:
            raise ServiceError("ValidationException", f"A version has at most {_MOST_ALIASES} aliases.")
        own["PipelineVersionAliases"] = names

    def _missing(self, what: str) -> ServiceError:
        return ServiceError("ResourceNotFound", f"Pipeline version {what} of '{self._record.arn}' does not exist.")

    def _save(self) -> None:
        self._records.change(self._record, Versions=self._versions)
