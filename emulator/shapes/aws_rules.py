"""The library's catalogue of AWS's rules: what an emulated API refuses beyond the shapes of its requests.

The catalogue needs nothing but the standard library, so that it runs in the emulator's environment too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.shapes.errors import ServiceError

_LIBRARY = str(Path(__file__).resolve().parents[2] / "constructs")
if _LIBRARY not in sys.path:
    sys.path.append(_LIBRARY)

from sagemaker_constructs.core.pipeline_definitions.reading import StepReading as StepReading  # noqa: E402
from sagemaker_constructs.core.pipeline_definitions.reading import read_definition as read_definition  # noqa: E402
from sagemaker_constructs.core.pipeline_definitions.step_types import CACHE_KEYS as CACHE_KEYS  # noqa: E402
from sagemaker_constructs.core.rules.catalogue import Breach, Find, breaches  # noqa: E402 - found on the path from here on
from sagemaker_constructs.core.rules.data.quality_language import CompositeRule as CompositeRule  # noqa: E402
from sagemaker_constructs.core.rules.data.quality_language import QualityCondition as QualityCondition  # noqa: E402
from sagemaker_constructs.core.rules.data.quality_language import QualityRule as QualityRule  # noqa: E402
from sagemaker_constructs.core.rules.data.quality_language import parse_ruleset as parse_ruleset  # noqa: E402
from sagemaker_constructs.core.rules.jobs.monitoring import MONITORING_TYPES as MONITORING_TYPES  # noqa: E402
from sagemaker_constructs.core.rules.jobs.monitoring import offset_hours as offset_hours  # noqa: E402
from sagemaker_constructs.core.rules.stacks.change_sets import IMPORTED as IMPORTED  # noqa: E402
from sagemaker_constructs.core.rules.tuning_jobs import EPOCHS as EPOCHS  # noqa: E402

Finder = Callable[[str, str], Mapping[str, Any] | None]
"""Finds what another resource was made from and has become, by its kind and name."""


def breaches_of(operation: str, request: Mapping[str, Any]) -> list[Breach]:
    """What an operation that answers in words of its own refuses of a request, which refers to nothing."""
    return [*breaches(operation, request, lambda _kind, _name: None, "emulator")]


def broken(operation: str, request: Mapping[str, Any]) -> bool:
    """Whether it refuses anything."""
    return bool(breaches_of(operation, request))


class AwsRules:
    """Judges requests by the catalogue, with what the emulator holds."""

    def __init__(self) -> None:
        self._finders: dict[str, Finder] = {}

    def finds(self, finder: Finder, *kinds: str) -> None:
        """Let ``finder`` answer for these kinds of resource; for all that nobody else answers for, without any."""
        self._finders.update(dict.fromkeys(kinds or ("",), finder))

    def refuse(self, operation: str, request: Mapping[str, Any], code: str = "ValidationException") -> None:
        """Raise ServiceError for a request that breaks rules, with the service's code and all the reasons."""
        find: Find = lambda kind, name: self._finders.get(kind, self._finders[""])(kind, name)  # noqa: E731
        found = [breach.at_run_time for breach in breaches(operation, request, find, "emulator")]
        if found:
            raise ServiceError(code, " ".join(dict.fromkeys(found)))
