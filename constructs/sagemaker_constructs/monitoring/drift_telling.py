"""When somebody is told of drift."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, in_range, no_more_than


@dataclass(frozen=True)
class DriftTelling:
    """Somebody is told when a feature differs in ``runs`` of the last ``of_runs`` that could decide, and is so again.

    One run of its own tells nobody, and neither does a feature that differs now and then. A confirmed change that is
    ``severe_times`` as large as its threshold is critical, and has an alarm of its own. ``features`` are those whose
    drift is a metric of its own, for graphs; each is billed as one custom metric.
    """

    runs: int = 2
    of_runs: int = 3
    severe_times: float = 5.0
    features: Sequence[str] = ()

    def problems(self) -> Iterator[Problem | None]:
        """What could never be told, or costs more than somebody means."""
        yield in_range("of_runs", self.of_runs, 1, 24)
        yield in_range("runs", self.runs, 1, max(self.of_runs, 1))
        yield in_range("severe_times", self.severe_times, 1, 1_000)
        yield no_more_than("features", self.features, 100)
