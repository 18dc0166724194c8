"""Writes what a first deployment asks of an account, and what it costs: ``python -m tools.cost.first_account``."""

import json
from collections.abc import Iterator, Sequence

from sagemaker_constructs.core.templates.assembly import StackTemplate
from sagemaker_constructs.cost.estimates import Bound, Estimate, Item, estimate
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.cost.report.text import by_expected_cost, cost, money, unit_price
from sagemaker_constructs.doctor.instance_needs import instance_needs
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment
from tools.cost.monthly_quantities import PROJECT, TEMPLATES

PAGE = PROJECT / "docs" / "first-account.md"
_ENVIRONMENT = "minimal"
_BEGIN, _END = "<!-- begin: minimal -->", "<!-- end: minimal -->"
_BY_THE_HOUR = ("/Train:", "/Host:ml.", "/Tsform:", "/ServerlessInf:")


def written() -> str:
    """The page, with its tables as they have to be."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    return f"{head}{_BEGIN}\n{chr(10).join(_tables())}\n{_END}{tail}"


def _tables() -> Iterator[str]:
    stacks = list(_stacks())
    yield from ("| quota of SageMaker | needed | |", "|---|---|---|")
    for need in instance_needs(PlannedDeployment(TEMPLATES, "us-east-1", stacks)):
        yield f"| {need.name} | {need.needed} | {need.in_words} |"
    found = estimate({each.name: each.template for each in stacks}, PriceList.of_region("us-east-1"))
    yield from ("", *_costs(found))


def _costs(found: Estimate) -> Iterator[str]:
    there, by_use = by_expected_cost(found)
    yield from ("| there by the month, whether used or not | USD |", "|---|---|")
    for item in there:
        yield f"| {item.what} | {cost(item, Bound.EXPECTED)} |"
    yield f"| together, of what has a price here | {money(found.usd(Bound.EXPECTED))} |"
    yield from ("", "| by use | USD each |", "|---|---|")
    yield from (f"| {item.what} | {unit_price(item)} |" for item in _of_instances(by_use))


def _of_instances(items: Sequence[Item]) -> Iterator[Item]:
    return (item for item in items if any(usage in item.key for usage in _BY_THE_HOUR))


def _stacks() -> Iterator[StackTemplate]:
    for path in sorted(TEMPLATES.glob(f"{_ENVIRONMENT}-*.json")):
        template = json.loads(path.read_text(encoding="utf-8"))
        yield StackTemplate(path.stem, path.stem, "us-east-1", path, template)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
