"""Jobs of SageMaker by which a model proposes labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_MISSING = re.compile(r"could not find|not found", re.IGNORECASE)


class ModelJobsApi(Protocol):
    """Calls of SageMaker."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


@dataclass(frozen=True)
class ModelJobs:
    """Jobs of ``kind``, such as ``ProcessingJob``, whose names begin with ``prefix`` and are in ``member``."""

    api: ModelJobsApi
    kind: str
    member: str
    prefix: str
    request: Mapping[str, Any]

    def status(self, name: str) -> str:
        """Its status; empty where there is no such job."""
        try:
            told = self.api.call(f"describe_{self._words}", **{self.member: f"{self.prefix}-{name}"})
        except Exception as error:
            # Of a job that is not there, SageMaker says so in a ValidationException.
            if self.api.code_of(error) == "ResourceNotFound" or _MISSING.search(str(error)):
                return ""
            raise
        return str(told[f"{self.kind}Status"])

    def start(self, name: str) -> None:
        """Start it; one of the same name that was started meanwhile will do."""
        try:
            self.api.call(f"create_{self._words}", **{self.member: f"{self.prefix}-{name}"}, **self.request)
        except Exception as error:
            if self.api.code_of(error) != "ResourceInUse":
                raise

    @property
    def _words(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.kind).lower()
