"""The results as tables for people, with ratios to ours."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.load import Load
from bench.multi_model import MultiModel

CALLS = {"csv": "CSV, 1 row", "json": "JSON, 1 row", "csv-1000": "CSV, 1,000 rows"}
TITLES = {"linear": "Logistic regression", "lightgbm": "LightGBM, 100 trees"}


@dataclass
class Results:
    """All that one run has measured."""

    machine: str
    versions: dict[str, str] = field(default_factory=dict[str, str])
    floors: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    loads: dict[tuple[str, str], dict[str, list[Load]]] = field(default_factory=dict[Any, Any])
    multi_model: dict[str, MultiModel] = field(default_factory=dict[str, MultiModel])
    contract: dict[str, dict[str, bool]] = field(default_factory=dict[str, dict[str, bool]])

    def document(self) -> dict[str, Any]:
        """The same as JSON."""
        loads = [
            {"model": model, "server": server, "call": call, **asdict(each)}
            for (model, server), calls in self.loads.items()
            for call, found in calls.items()
            for each in found
        ]
        many = {server: asdict(found) for server, found in self.multi_model.items()}
        rest = {"versions": self.versions, "floors": self.floors, "contract": self.contract}
        return {"machine": self.machine, **rest, "loads": loads, "multi_model": many}


def report(results: Results, date: str, *, ours: str) -> str:
    """The report in Markdown."""
    parts = [f"# Serving, {date}", f"{results.machine}; the servers on one core, the client (wrk) on another."]
    parts.append("\n".join(f"- {server}: {versions}" for server, versions in results.versions.items()))
    for model, floors in results.floors.items():
        parts += _loads_of(results, model, floors, ours=ours)
    parts += _multi_model(results.multi_model, ours)
    parts += _contract(results.contract)
    return "\n\n".join(parts) + "\n"


def _loads_of(results: Results, model: str, floors: dict[str, float], *, ours: str) -> Iterable[str]:
    yield f"## {TITLES[model]}"
    yield "CPU is the server's, with all its processes, for one request; the last column is CPU against ours."
    for call, title in CALLS.items():
        found = {
            server: calls[call] for (of, server), calls in results.loads.items() if of == model and call in calls
        }
        if ours not in found:
            continue
        heading = f"| {title} | connections | requests/s | p50 ms | p99 ms | CPU µs | times ours |"
        lines = [heading, "|---|" + "---:|" * 6]
        for server, loads in found.items():
            for own, each in zip(found[ours], loads, strict=True):
                lines.append(_line(server, each, each.cpu / own.cpu))
        lines.append(
            f"| in process, no server | | | | | {floors[call]:,.1f} | {floors[call] / found[ours][-1].cpu:.2f} |"
        )
        yield "\n".join(lines)


def _line(server: str, each: Load, ratio: float) -> str:
    failures = f" ({each.failures} failed)" if each.failures else ""
    times = f"{each.p50 / 1e3:,.2f} | {each.p99 / 1e3:,.2f}"
    figures = f"{each.per_second:,.0f} | {times} | {each.cpu:,.1f} | {ratio:.2f}"
    return f"| {server}{failures} | {each.connections} | {figures} |"


def _multi_model(found: dict[str, MultiModel], ours: str) -> Iterable[str]:
    if ours not in found:
        return
    yield "## Many models\n\nLoading small models one after the other; memory is the resident memory a model adds."
    lines = ["| | models | cold load ms | MB a model | load, times ours |", "|---|---:|---:|---:|---:|"]
    for server, each in found.items():
        ratio = each.milliseconds / found[ours].milliseconds
        lines.append(
            f"| {server} | {each.models} | {each.milliseconds:,.2f} | {each.megabytes:,.2f} | {ratio:,.0f} |"
        )
    yield "\n".join(lines)


def _contract(found: dict[str, dict[str, bool]]) -> Iterable[str]:
    if not found:
        return
    yield "## SageMaker's container contract"
    servers: Sequence[str] = list(found)
    lines = ["| rule | " + " | ".join(servers) + " |", "|---|" + ":---:|" * len(servers)]
    for sentence in next(iter(found.values())):
        marks = ["yes" if found[server][sentence] else "no" for server in servers]
        lines.append(f"| {sentence} | " + " | ".join(marks) + " |")
    totals = [f"{sum(held.values())} of {len(held)}" for held in found.values()]
    lines.append("| **together** | " + " | ".join(totals) + " |")
    yield "\n".join(lines)
