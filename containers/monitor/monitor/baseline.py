"""What rows were like when all was well: counts of bins and categories, by the edges and names chosen there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

Kind = Literal["number", "category"]


@dataclass(frozen=True)
class NumberCounts:
    """Numbers of one feature.

    Args:
        edges: Where bins end; a value on an edge belongs to the bin below it. There is one bin more than edges.
        counts: Values in each bin.
        centres: Mean value of each bin.
        mean: Of all values.
        deviation: Standard deviation of all values.
        minimum: The smallest value.
        maximum: The largest value.
    """

    edges: Sequence[float]
    counts: Sequence[int]
    centres: Sequence[float]
    mean: float
    deviation: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class FeatureBaseline:
    """One feature.

    Args:
        name: Its name.
        kind: Numbers are compared in their order, categories by their names.
        rows: Rows of the baseline.
        missing: Rows without a value.
        whole: Whether every number is a whole one.
        numbers: Of a number.
        categories: Rows by category, the most frequent first.
        others: Rows of categories that are not listed.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    whole: bool = False
    numbers: NumberCounts | None = None
    categories: Mapping[str, int] = field(default_factory=dict[str, int])
    others: int = 0


@dataclass(frozen=True)
class Baseline:
    """All features, in the order of their columns."""

    features: Sequence[FeatureBaseline]
    outputs: Sequence[FeatureBaseline] = ()

    @property
    def rows(self) -> int:
        """How many rows it is made of."""
        return max((each.rows for each in (*self.features, *self.outputs)), default=0)

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


def baseline_of(document: Mapping[str, Any]) -> Baseline:
    """A baseline of its document."""
    features, outputs = (cast("list[dict[str, Any]]", document[name]) for name in ("features", "outputs"))
    return Baseline([_feature(each) for each in features], [_feature(each) for each in outputs])


def _feature(given: Mapping[str, Any]) -> FeatureBaseline:
    numbers = given["numbers"]
    rest: dict[str, Any] = {name: value for name, value in given.items() if name != "numbers"}
    return FeatureBaseline(**rest, numbers=NumberCounts(**numbers) if numbers else None)
