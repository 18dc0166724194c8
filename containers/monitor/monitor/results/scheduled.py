"""What a monitoring schedule asks of a run: the results of one kind, and whether there are violations.

SageMaker reads `constraint_violations.json` at the top of the results, and publishes all metrics in the namespace of
the schedule's kind.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.folders import Folders
from monitor.settings import SettingsError

Entries = Sequence[Mapping[str, Any]]
_VIOLATIONS = "constraint_violations.json"
_ROOMS: Mapping[str, tuple[str, str]] = {
    "MODEL_QUALITY": ("quality", "problem, or no truth"),
    "MODEL_BIAS": ("bias", "facets"),
    "MODEL_EXPLAINABILITY": ("explainability", "attributions"),
}
"""By the kind, the folder of its results, and what there is not where it has none."""
_KINDS = ("DATA_QUALITY", *_ROOMS)


@dataclass(frozen=True)
class MetricEntries:
    """Entries of the metrics file by what they are of."""

    rows: Entries
    quality: Entries
    bias: Entries

    def of(self, analysis: str) -> list[Mapping[str, Any]]:
        """Those of a kind; all where none is asked for."""
        attributions = [each for each in self.quality if str(each["MetricName"]).startswith("attribution_")]
        kinds: Mapping[str, Entries] = {
            "DATA_QUALITY": self.rows,
            "MODEL_QUALITY": [each for each in self.quality if each not in attributions],
            "MODEL_BIAS": self.bias,
            "MODEL_EXPLAINABILITY": attributions,
        }
        return [*kinds[analysis]] if analysis else [*self.rows, *self.quality, *self.bias]


def check_analysis(analysis: str) -> None:
    """Raises SettingsError for a kind that is none."""
    if analysis and analysis not in _KINDS:
        raise SettingsError(f"analysis_type must be one of {', '.join(_KINDS)}, got: {analysis}")


def as_asked(folders: Folders, says: str) -> str:
    """Put the results of the kind that is asked for at the top, and say what has come of it.

    Raises SettingsError where the baseline has nothing of that kind.
    """
    if folders.analysis in _ROOMS:
        room, lacks = _ROOMS[folders.analysis]
        results = folders.output / room
        if not results.is_dir():
            raise SettingsError(f"there is nothing to say of {room}: there are no {lacks}")
        for file in results.iterdir():
            shutil.copy(file, folders.output / file.name)
    found: Mapping[str, Any] = json.loads((folders.output / _VIOLATIONS).read_text())
    if folders.scheduled and found["violations"]:
        return f"CompletedWithViolations: {len(found['violations'])} violations. {says}"
    return says
