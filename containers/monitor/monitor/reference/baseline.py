"""What rows were like when all was well: counts of bins and categories, by the edges and names chosen there."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast

Kind = Literal["number", "category"]


@dataclass(frozen=True)
class SlotCounts:
    """Rows of one hour of the week, or of whatever a season has.

    Args:
        rows: All rows.
        missing: Rows without a value.
        counts: Rows by bin, or by category with the unlisted ones last.
        worth: As many independent values say as much.
        worth_of_rows: The same of rows with and without a value.
    """

    rows: int
    missing: int
    counts: Sequence[int]
    worth: float
    worth_of_rows: float


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
    counts: Sequence[float]
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
        alike: How much values of one hour are like each other, from 0, not at all, to 1.
        alike_missing: The same of missing values.
        slots: Rows by the hour of the season; all in one where there is none.
    """

    name: str
    kind: Kind
    rows: float
    missing: float
    whole: bool = False
    numbers: NumberCounts | None = None
    categories: Mapping[str, float] = field(default_factory=dict[str, float])
    others: float = 0
    alike: float = 0.0
    alike_missing: float = 0.0
    slots: Mapping[int, SlotCounts] = field(default_factory=dict[int, SlotCounts])


@dataclass(frozen=True)
class Baseline:
    """All features, in the order of their columns."""

    features: Sequence[FeatureBaseline]
    outputs: Sequence[FeatureBaseline] = ()

    @property
    def rows(self) -> int:
        """How many rows it is made of."""
        return round(max((each.rows for each in (*self.features, *self.outputs)), default=0))

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


def baseline_of(document: Mapping[str, Any]) -> Baseline:
    """A baseline of its document."""
    features, outputs = (cast("list[dict[str, Any]]", document[name]) for name in ("features", "outputs"))
    return Baseline([_feature(each) for each in features], [_feature(each) for each in outputs])


def _feature(given: Mapping[str, Any]) -> FeatureBaseline:
    numbers = given["numbers"]
    slots = {int(slot): SlotCounts(**each) for slot, each in given.get("slots", {}).items()}
    rest: dict[str, Any] = {name: value for name, value in given.items() if name not in ("numbers", "slots")}
    return FeatureBaseline(**rest, numbers=NumberCounts(**numbers) if numbers else None, slots=slots)
