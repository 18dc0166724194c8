"""The whole report about a deployment, and what of it a pipeline fails on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.cost.estimates import Bound, Estimate, estimate
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.plan.changes import ChangeAction, ResourceChange
from sagemaker_constructs.plan.comparison import compare
from sagemaker_constructs.plan.data_risks import DataRisk, data_risks
from sagemaker_constructs.plan.interruptions import Interruption, interruptions
from sagemaker_constructs.plan.permissions import WidenedAccess, widened_access
from sagemaker_constructs.plan.refused_updates import RefusedUpdate, refused_updates

LIMITS = ("refused", "replacement", "replacement-of-data", "data-loss", "iam-widening", "interruption")
"""What a report may be asked to fail on."""

COSTS = ("cost-above=USD", "cost-increase-above=USD")
"""What it may be asked about its costs."""


@dataclass(frozen=True)
class CostChange:
    """What an app is estimated to cost in a month before and after; prices that are not known are in neither."""

    before: Estimate
    after: Estimate

    @property
    def increase(self) -> Decimal:
        """How much more is expected."""
        return self.after.usd(Bound.EXPECTED) - self.before.usd(Bound.EXPECTED)

    @property
    def by_item(self) -> Sequence[tuple[str, Decimal]]:
        """What changes by more than a cent, the largest first."""
        sums: dict[str, Decimal] = {}
        for sign, found in ((-1, self.before), (1, self.after)):
            for item in found.items:
                sums[item.what] = sums.get(item.what, Decimal(0)) + sign * (item.usd(Bound.EXPECTED) or Decimal(0))
        changed = [(what, usd) for what, usd in sums.items() if abs(usd) >= Decimal("0.01")]
        return sorted(changed, key=lambda each: (-abs(each[1]), each[0]))

    @property
    def unpriced(self) -> Sequence[str]:
        """What comes along whose price is not known."""
        known = {item.key for item in self.before.items}
        return [item.what for item in self.after.unpriced(Bound.EXPECTED) if item.key not in known]


@dataclass(frozen=True)
class ChangeReport:
    """What a deployment does. ``stacks`` are those that it has, and ``left`` those that nobody deploys any more."""

    stacks: tuple[str, ...]
    left: tuple[str, ...]
    changes: tuple[ResourceChange, ...]
    data: tuple[DataRisk, ...]
    interruptions: tuple[Interruption, ...]
    widened: tuple[WidenedAccess, ...]
    refused: tuple[RefusedUpdate, ...]
    costs: CostChange | None

    def failures(self, limits: Sequence[str]) -> Iterator[str]:
        """What in the report is beyond ``limits``, one line each.

        Raises ``ValueError`` for a limit that is none.
        """
        for limit in limits:
            name, _, amount = limit.partition("=")
            if name in ("cost-above", "cost-increase-above"):
                yield from self._expensive(name, _usd(limit, amount))
            elif name in LIMITS:
                count = len(self._beyond(name))
                if count:
                    yield f"{name}: {count}"
            else:
                raise ValueError(f"--fail-on must be of {', '.join((*LIMITS, *COSTS))}, got: {limit}")

    def _beyond(self, name: str) -> Sequence[object]:
        match name:
            case "refused":
                return self.refused
            case "replacement":
                return [each for each in self.changes if each.action.replaces]
            case "replacement-of-data":
                return [each for each in self.data if each.is_replacement]
            case "data-loss":
                return [each for each in self.data if each.kind in ("lost", "expires")]
            case "iam-widening":
                return self.widened
            case _:
                return [each for each in self.interruptions if each.kind != "rolls"]

    def _expensive(self, name: str, limit: Decimal) -> Iterator[str]:
        if self.costs is None:
            return
        usd = self.costs.after.usd(Bound.EXPECTED) if name == "cost-above" else self.costs.increase
        if usd > limit:
            yield f"{name}: {usd:,.2f} USD a month are over {limit:,}"


def report_changes(
    old: Mapping[str, Template],
    new: Mapping[str, Template],
    *,
    contents: Mapping[str, str] | None = None,
    prices: PriceList | None = None,
) -> ChangeReport:
    """What happens when ``new`` is deployed over ``old``, templates by the names of their stacks.

    ``contents`` are digests of the assets by their hashes, so that another hash of the same content is no change.
    ``prices`` are those of the region; left out, nothing is said about costs.
    """
    changes = compare(old, new, contents)
    shared = {name: template for name, template in old.items() if name in new}
    costs = CostChange(estimate(shared, prices), estimate(new, prices)) if prices else None
    return ChangeReport(
        stacks=tuple(sorted(new)),
        left=tuple(sorted(set(old) - set(new))),
        changes=changes,
        data=data_risks(changes),
        interruptions=interruptions(changes),
        widened=widened_access(shared, new),
        refused=refused_updates(old, new, changes),
        costs=costs,
    )


def number_of(report: ChangeReport, action: ChangeAction) -> int:
    """How many resources that happens to."""
    return sum(each.action is action for each in report.changes)


def _usd(limit: str, amount: str) -> Decimal:
    try:
        return Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"--fail-on {limit}: the amount must be a number") from None
