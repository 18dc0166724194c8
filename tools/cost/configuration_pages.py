"""Writes a page with the costs of each example of a configuration: ``python -m tools.cost.configuration_pages``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk

from sagemaker_constructs.cost.changes import (
    OneEndpointForAll,
    OtherInstanceType,
    SavingsPlan,
    WhatIf,
    what_if,
)
from sagemaker_constructs.cost.estimates import Bound, Estimate, Line, Use, estimate, templates_of
from sagemaker_constructs.cost.prices.price_list import PriceList
from sagemaker_constructs.cost.report.text import amount, by_expected_cost, cost, money, unit_price
from stacks.settings import PROJECT, load_settings
from stacks.stage import Platform
from tools.graph.assembly import stacks_of
from tools.graph.drawing import draw
from tools.graph.platform_graph import platform_graph

FOLDER = PROJECT / "docs" / "configurations"


@dataclass(frozen=True)
class Without(WhatIf):
    """Nothing of what prices beginning with ``key`` are paid for."""

    key: str

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines of other prices."""
        return [line for line in lines if not line.quantity.key.startswith(self.key)]


@dataclass(frozen=True)
class Cheaper:
    """What would cost less: other prices or quantities, or another use than the configuration states."""

    words: str
    changes: Sequence[WhatIf] = ()
    use: Use = field(default_factory=dict[str, Mapping[str, float]])


def _savings_plan(percent: int) -> Cheaper:
    words = f"a Savings Plan with {percent} % off the instances; AWS states the share by type, term and payment"
    return Cheaper(words, [SavingsPlan(Decimal(percent) / 100)])


def _other_type(old: str, new: str, words: str) -> Cheaper:
    return Cheaper(f"`{new}` in place of `{old}`{words}", [OtherInstanceType(old, new)])


@dataclass(frozen=True)
class Example:
    """A configuration below ``config/`` that has a page, called ``title``."""

    title: str
    file: str
    cheaper: Sequence[Cheaper]

    @property
    def name(self) -> str:
        """Of its page and its picture."""
        return self.title.lower().replace(",", "").replace(" ", "-")


_NO_GATEWAY = Without("AmazonApiGateway/")
EXAMPLES = (
    Example(
        "A notebook for one data scientist",
        "examples/notebook.yaml",
        [
            Cheaper(
                "half of the hours, by `idle_minutes: 30` where pauses are many", use={"notebook/*": {"hours": 60}}
            ),
            Cheaper("data that expires after half of the time", use={"foundation/Data": {"gigabytes": 25}}),
        ],
    ),
    Example(
        "Nightly batch",
        "examples/batch.yaml",
        [
            _other_type("ml.m5.xlarge", "ml.m5.large", ", where the job ends as early on two cores"),
            Cheaper("data that expires after half of the time", use={"foundation/Data": {"gigabytes": 50}}),
        ],
    ),
    Example(
        "A low-traffic serverless API",
        "examples/serverless.yaml",
        [
            Cheaper("no front door: callers sign requests to the endpoint itself", [_NO_GATEWAY]),
            Cheaper("answers in half of the time", use={"serverless/Endpoint/*": {"milliseconds": 60}}),
        ],
    ),
    Example(
        "A steady real-time API",
        "examples/real-time.yaml",
        [
            Cheaper("no front door: callers sign requests to the endpoint itself", [_NO_GATEWAY]),
            _savings_plan(30),
            _other_type("ml.c7i.large", "ml.c6i.large", ", which is as large and one generation older"),
        ],
    ),
    Example(
        "Asynchronous with scale to zero",
        "examples/async.yaml",
        [
            _other_type("ml.m5.xlarge", "ml.m5.large", ", where the queue is emptied as early on two cores"),
            Cheaper("results that expire after half of the time", use={"foundation/Data": {"gigabytes": 100}}),
        ],
    ),
    Example(
        "Many models on one endpoint",
        "examples/many-models.yaml",
        [
            _savings_plan(30),
            _other_type("ml.m5.xlarge", "ml.m5.large", ", where half of the memory keeps the models that are asked"),
        ],
    ),
    Example(
        "Monthly retraining with features and monitoring",
        "examples/retraining.yaml",
        [
            _savings_plan(30),
            _other_type("ml.c7i.large", "ml.c6i.large", ", which is as large and one generation older"),
            Cheaper("windows of four hours: `every_hours: 4`", use={"real-time/Drift/*": {"minutes": 1}}),
        ],
    ),
    Example(
        "The whole platform",
        "dev.yaml",
        [
            Cheaper("all models of an instance type behind one multi-model endpoint", [OneEndpointForAll()]),
            _savings_plan(30),
            Cheaper("no isolated network: `network.mode: none`", [Without("AmazonVPC/VpcEndpoint-Hours")]),
            Cheaper("no warehouse: Athena reads the same tables", [Without("AmazonRedshift/")]),
        ],
    ),
)
"""The examples, cheapest first, and what would make each of them cheaper."""


@dataclass(frozen=True)
class Page:
    """An example, synthesized and estimated."""

    example: Example
    purpose: str
    found: Estimate
    cheaper: Sequence[tuple[str, Estimate]]
    graph: str

    def text(self) -> str:
        """The page."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        example, config = self.example, f"config/{self.example.file}"
        yield f"# {example.title}"
        yield f"\n{self.purpose}\n"
        yield f"![Its stacks]({example.name}.svg)"
        yield f"\n[`{config}`](../../{config}) is all of it, the use that is expected included:\n"
        yield f"```sh\nmake cost ENV={example.file.removesuffix('.yaml')}\n```"
        yield "\n## What a month costs\n"
        yield f"USD in {self.found.region}, before taxes, free tiers and discounts.\n"
        yield "| | expected | USD each | least | expected | most |"
        yield "|---|---|---|---|---|---|"
        there, by_use = by_expected_cost(self.found)
        for item in there:
            of_bounds = " | ".join(cost(item, bound) for bound in Bound)
            yield f"| {item.what} | {amount(item.amount(Bound.EXPECTED))} | {unit_price(item)} | {of_bounds} |"
        sums = " | ".join(f"**{money(self.found.usd(bound))}**" for bound in Bound)
        yield f"| **sum of what has a price here** | | | {sums} |"
        if by_use:
            yield f"\nPaid by a use that is not stated: {', '.join(item.what for item in by_use)}."
        yield "\n## What would make it cheaper\n"
        yield "| | expected | less |"
        yield "|---|---|---|"
        expected = self.found.usd(Bound.EXPECTED)
        for words, other in self.cheaper:
            usd = other.usd(Bound.EXPECTED)
            yield f"| {words} | {money(usd)} | {money(expected - usd)} |"


def pages() -> Iterator[Page]:
    """All examples, one after the other."""
    context: Mapping[str, Any] = json.loads((PROJECT / "cdk.json").read_text())["context"]
    # As the command line does: the use is stated by paths.
    context = {**context, "aws:cdk:enable-path-metadata": True}
    prices = PriceList.of_region("us-east-1")
    for example in EXAMPLES:
        file = PROJECT / "config" / example.file
        settings = load_settings(file)
        with TemporaryDirectory() as folder:
            app = cdk.App(context=context, outdir=folder)
            Platform(app, settings.environment, settings=settings)
            app.synth()
            templates = templates_of(Path(folder))
            graph = platform_graph(example.title, list(stacks_of(Path(folder))))

        def estimated(
            use: Use, name: str = settings.environment, of: Mapping[str, Mapping[str, Any]] = templates
        ) -> Estimate:
            return estimate(of, prices, {f"{name}/{pattern}": each for pattern, each in use.items()})

        stated = settings.cost.use
        cheaper = [
            (each.words, what_if(estimated(_with(stated, each.use)), prices, each.changes))
            for each in example.cheaper
        ]
        yield Page(example, _purpose(file), estimated(stated), cheaper, graph)


def _with(stated: Use, other: Use) -> Use:
    return {**stated, **{pattern: {**stated.get(pattern, {}), **each} for pattern, each in other.items()}}


def _purpose(file: Path) -> str:
    """The comment at the head of a configuration, without what is said to editors."""
    lines = file.read_text().splitlines()[1:]
    head = lines[: next(place for place, line in enumerate(lines) if not line.startswith("#"))]
    return " ".join(line.removeprefix("# ") for line in head)


def written() -> Mapping[str, str]:
    """What the folder has to hold, by the names of the files."""
    made = list(pages())
    pictures = draw({f"{page.example.name}.svg": page.graph for page in made})
    texts = {f"{page.example.name}.md": page.text() for page in made}
    return {"README.md": _overview(made), **texts, **pictures}


def _overview(made: Sequence[Page]) -> str:
    lines = [
        "# Configurations, with what they cost",
        "",
        "Platforms of one file each, from a notebook to everything, and what a month costs in us-east-1: least"
        " while nobody uses it, expected with the use that the file states, most with that use at the maximum of its"
        " scaling. Copy the nearest one to `config/<environment>.yaml`, name the environment in it as the file, and"
        " state your own use.",
        "",
        "| | least | expected | most |",
        "|---|---|---|---|",
        *(
            f"| [{page.example.title}]({page.example.name}.md)"
            f" | {' | '.join(money(page.found.usd(bound)) for bound in Bound)} |"
            for page in made
        ),
        "",
        "USD, before taxes, free tiers and discounts; what has no price here is named on each page, and in no sum."
        " Prices of your day and region:"
        " [`refresh`](../../constructs/sagemaker_constructs/cost/README.md#prices).",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the folder anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, text in written().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
