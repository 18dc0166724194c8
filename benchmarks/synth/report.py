"""What was measured as tables for people: the goals first, then what they are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth.comparison import Samples, Sizes
from synth.runs import Phase

CONTENDERS = {"ours": "our construct", "replay": "its templates replayed", "alpha": "the alpha L2"}


@dataclass(frozen=True)
class Added:
    """What one more endpoint costs: the difference between a large and a small app, shared by their difference."""

    milliseconds: float
    resources: float
    calls: float
    megabytes: float

    @property
    def per_resource(self) -> float:
        """Milliseconds of CPU for each resource."""
        return self.milliseconds / self.resources


@dataclass(frozen=True)
class Goal:
    """A figure and the most that it may be."""

    sentence: str
    found: float
    limit: float

    @property
    def line(self) -> str:
        """Its row of the table."""
        return (
            f"| {self.sentence} | {self.found:,.2f} | ≤ {self.limit:g} | {'✔' if self.found <= self.limit else '✘'} |"
        )


def added(small: Samples, large: Samples, endpoints: int) -> Added:
    """What each of the ``endpoints`` costs that ``large`` has more than ``small``."""
    return Added(
        milliseconds=(large.cpu - small.cpu) * 1000 / endpoints,
        resources=(large.resources - small.resources) / endpoints,
        calls=(large.calls - small.calls) / endpoints,
        megabytes=(large.megabytes - small.megabytes) / endpoints,
    )


def goals(samples: Mapping[str, Samples], sizes: Sizes) -> list[Goal]:
    """Every goal with what was measured for it."""
    each = _added(samples, sizes)
    further = added(samples["ours many"], samples["ours very many"], sizes.very_many - sizes.many)
    most = samples["ours very many"].megabytes
    return [
        Goal("CPU for one more endpoint, ÷ replay", each["ours"].milliseconds / each["replay"].milliseconds, 2.0),
        Goal(
            "CPU for one more endpoint's resource, ÷ alpha L2",
            each["ours"].per_resource / each["alpha"].per_resource,
            0.65,
        ),
        Goal("CPU of the dev platform, ÷ empty app", samples["platform"].cpu / samples["empty"].cpu, 3.0),
        Goal(
            f"CPU for one more endpoint, {sizes.many} to {sizes.very_many:,} ÷ {sizes.few} to {sizes.many}",
            further.milliseconds / each["ours"].milliseconds,
            1.2,
        ),
        Goal(f"peak memory with {sizes.very_many:,} endpoints, in GB", most * 1024**2 / 1e9, 1.0),
    ]


def report(
    samples: Mapping[str, Samples], parts: Iterable[Phase], sizes: Sizes, *, date: str, machine: str, rounds: int
) -> str:
    """The report in Markdown."""
    lines = [
        f"# Synthesis, {date}",
        "",
        f"{machine}; medians of {rounds} rounds, every app once in each. The machine may have been busy with other "
        "work: trust the ratios and the calls.",
        "",
        *_table(("", "measured", "goal", ""), (goal.line for goal in goals(samples, sizes))),
        "",
        f"One more endpoint ({sizes.few} to {sizes.many}, in stacks of 15):",
        "",
        *_table(
            ("", "CPU, ms", "resources", "CPU per resource, ms", "jsii calls", "memory, MB"),
            (_added_line(CONTENDERS[name], each) for name, each in _added(samples, sizes).items()),
        ),
        "",
        "Whole apps:",
        "",
        *_table(
            ("", "CPU, s", "wall, s", "memory, MB", "resources", "jsii calls"),
            (_app_line(title, samples[name]) for name, title in _titles(sizes).items()),
        ),
        "",
        "Where the CPU of the dev platform goes, in seconds:",
        "",
        *_table(
            ("", "Python", "Node", "together"),
            (
                f"| {each.name} | {each.python:.2f} | {each.node:.2f} | {each.python + each.node:.2f} |"
                for each in parts
            ),
        ),
    ]
    return "\n".join(lines) + "\n"


def _added(samples: Mapping[str, Samples], sizes: Sizes) -> dict[str, Added]:
    endpoints = sizes.many - sizes.few
    return {name: added(samples[f"{name} few"], samples[f"{name} many"], endpoints) for name in CONTENDERS}


def _titles(sizes: Sizes) -> dict[str, str]:
    apps = {
        f"{name} {size}": f"{count} endpoints, {title}"
        for name, title in CONTENDERS.items()
        for size, count in (("few", sizes.few), ("many", sizes.many))
    }
    very_many = f"{sizes.very_many:,} endpoints, {CONTENDERS['ours']}"
    return {
        "empty": "an empty app",
        "platform": "the dev platform",
        "platform replay": "its templates and assets replayed",
        **apps,
        "ours very many": very_many,
    }


def _added_line(title: str, each: Added) -> str:
    return (
        f"| {title} | {each.milliseconds:.1f} | {each.resources:.2f} | {each.per_resource:.2f} "
        f"| {each.calls:.1f} | {each.megabytes:.2f} |"
    )


def _app_line(title: str, app: Samples) -> str:
    calls = f"{app.calls:,}" if app.counted else ""
    return f"| {title} | {app.cpu:.2f} | {app.wall:.2f} | {app.megabytes:.0f} | {app.resources:,} | {calls} |"


def _table(heads: Iterable[str], lines: Iterable[str]) -> list[str]:
    heads = list(heads)
    return [f"| {' | '.join(heads)} |".replace("|  |", "| |"), "|---" + "|---:" * (len(heads) - 1) + "|", *lines]
