"""Who may be disadvantaged, and what counts as bias."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sagemaker_constructs.core.problems import Problem, one_of, positive

JUDGED = ("CI", "DPL", "CDDL", "DPPL", "CDDPL", "RD", "SD", "DAR", "DRR", "AD", "FT")
"""Metrics that are compared with the baseline. The ten others that Clarify defines are in reports alone."""


@dataclass(frozen=True)
class AnswerBias:
    """Whether groups of people are answered otherwise than in the baseline.

    ``facets`` say who may be disadvantaged, by the name of a feature: the values of these people, such as
    ``{"sex": ["f"]}``, or the number above which they are, such as ``{"age": 50}``. ``CDDL`` and ``CDDPL`` look
    within the values of the feature ``group``. ``metrics`` are those that are compared (default: all that can be), by
    the names that Clarify gives them. One is a violation if it is further from 0 than in the baseline beyond chance
    **and** by more than ``moved``; ``thresholds`` instead for single metrics. Those of predictions alone take no
    truth.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
    """

    facets: Mapping[str, Sequence[str] | float]
    group: str = ""
    metrics: Sequence[str] = JUDGED
    moved: float = 0.05
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])

    def problems(self, features: Collection[str]) -> Iterator[Problem | None]:
        """What the container refuses; ``features`` are known names of columns, or empty."""
        if not self.facets:
            yield Problem("facets", "must name who may be disadvantaged, got: none")
        for name, values in self.facets.items():
            if features:
                yield one_of("facets", name, features)
            if not isinstance(values, float | int) and not values:
                yield Problem(f"facets.{name}", "must have the values of these people, or a number, got: none")
        if self.group and features:
            yield one_of("group", self.group, features)
        if not self.metrics:
            yield Problem("metrics", "must name at least one metric, got: none")
        for place, name in enumerate(self.metrics):
            yield one_of(f"metrics[{place}]", name, JUDGED)
        yield positive("moved", self.moved)
        for name, value in self.thresholds.items():
            yield one_of("thresholds", name, JUDGED)
            yield positive(f"thresholds.{name}", value)

    @property
    def called(self) -> Sequence[str]:
        """Facets as reports and metrics call them."""
        return [
            f"{name} above {values:g}" if isinstance(values, float | int) else f"{name} {', '.join(values)}"
            for name, values in self.facets.items()
        ]
