"""The pages: one for each execution, one of the versions that were live, and the one that leads to them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tools.graph.drawing import draw
from tools.graph.pipeline_graph import StepState, pipeline_graph
from tools.report.approvals import Move
from tools.report.executions import Execution, Step

_PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)


@dataclass(frozen=True)
class Bar:
    """A step on the time line: where it begins and how long it is, in percent of the whole."""

    step: Step
    left: float
    width: float


def write(folder: Path, executions: Sequence[Execution], moves: Sequence[Move]) -> Path:
    """Write the pages into ``folder``; returned is the one to open. ``executions`` are the newest first."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"time": _time, "took": _took, "number": _number}
    pictures = draw({each.arn: _graph(each) for each in executions})
    for place, each in enumerate(executions):
        text = pages.get_template("execution.html").render(
            execution=each,
            # The prologue of a picture has no place within a page.
            picture=Markup(_PROLOGUE.sub("", pictures[each.arn])),
            bars=_bars(each),
            compared=executions[place:],
            metrics=_compared(executions[place:]),
        )
        (folder / f"{each.id}.html").write_text(text)
    index = folder / "index.html"
    index.write_text(pages.get_template("index.html").render(executions=executions, moves=moves))
    return index


def _graph(execution: Execution) -> str:
    states = {
        step.name: StepState(step.status, "from the cache" if step.cached else _took(step.seconds))
        for step in execution.steps
    }
    return pipeline_graph(execution.pipeline, execution.reading, states)


def _bars(execution: Execution) -> list[Bar]:
    whole = max((execution.ended - execution.began).total_seconds(), 0.001)
    return [
        Bar(
            step,
            left=100 * max((step.began - execution.began).total_seconds(), 0) / whole,
            width=100 * (step.seconds or 0) / whole,
        )
        for step in execution.steps
    ]


def _compared(executions: Sequence[Execution]) -> Mapping[str, list[float | None]]:
    """Each metric of the first execution, with what it was in the others."""
    return {name: [each.metrics.get(name) for each in executions] for name in executions[0].metrics}


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S")


def _took(seconds: float | None) -> str:
    if seconds is None:
        return "running"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"
