"""The table at the end of a demo."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from demo.deployment import Answered

SHOWN_ANSWERS = 6
_SHOWN = re.compile(r"(?<=`make demo` ends like this \(shortened\):\n\n```\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
ASKED = "Every capability, asked"


@dataclass(frozen=True)
class Trained:
    """The training job as SageMaker describes it."""

    name: str
    image: str
    metrics: Mapping[str, float]
    seconds: int


@dataclass(frozen=True)
class Summary:
    """Everything that a demo has to tell."""

    stacks: Mapping[str, int]
    """Stack name → resources in it."""
    trained: Trained
    answered: Sequence[Answered]
    """What each kind of endpoint was asked, and answered."""
    timings: Mapping[str, float]
    """Step → seconds."""
    state: Path
    report: Path | None = None
    """The page about executions of pipelines, and the versions that were live."""

    def print(self, console: Console) -> None:
        """Say it on ``console``: what it took, then what came of it, then what can be done with it."""
        console.print()
        console.print(self._deployed())
        console.print(self._took())
        console.print(self._rows())
        console.print(self._verdict())
        console.print(self._asked())
        console.print(self._next())

    def shortened(self) -> str:
        """The results as the README shows them, 80 columns wide."""
        console = Console(record=True, width=80, file=StringIO())
        console.print(self._rows())
        console.print(self._verdict())
        table = _table(ASKED)
        table.add_column("kind", no_wrap=True)
        table.add_column("what it answered")
        for each in self.answered:
            table.add_row(each.kind, each.answered)
        console.print(table)
        return "\n".join(line.rstrip() for line in console.export_text().splitlines())

    def _deployed(self) -> Table:
        table = _table("What was deployed")
        table.add_column("stack")
        table.add_column("resources", justify="right")
        for name, count in self.stacks.items():
            table.add_row(name, str(count))
        table.add_section()
        table.add_row("together", str(sum(self.stacks.values())))
        return table

    @property
    def _first(self) -> Answered:
        return next(each for each in self.answered if each.answers)

    def _rows(self) -> Table:
        table = _table("What was trained and served")
        table.add_column("held-out row")
        table.add_column("the endpoint says")
        table.add_column("score", justify="right")
        table.add_column("the truth")
        table.add_column("")
        answers = self._first.answers
        chosen = [answer for answer in answers if not answer.correct][:2]
        chosen += [answer for answer in answers if answer.correct][: SHOWN_ANSWERS - len(chosen)]
        for answer in sorted(chosen, key=lambda answer: answer.row):
            table.add_row(
                str(answer.row),
                answer.label,
                f"{answer.score:.4f}",
                answer.truth,
                "[green]✔[/]" if answer.correct else "[red]✘[/]",
            )
        return table

    def _verdict(self) -> str:
        first = self._first
        correct = sum(answer.correct for answer in first.answers)
        scores = ", ".join(
            f"{name.partition(':')[2]} {value:.3f}"
            for name, value in sorted(self.trained.metrics.items())
            if name.startswith("validation:")
        )
        return (
            f"Training job [bold]{self.trained.name}[/] took {self.trained.seconds} s: {scores} on held-out rows.\n"
            f"Endpoint [bold]{first.endpoint}[/] answered {len(first.answers)} held-out rows, "
            f"{correct} of them right ({correct / len(first.answers):.1%}).\n"
        )

    def _asked(self) -> Table:
        table = _table(ASKED, show_lines=True)
        table.add_column("kind", no_wrap=True)
        table.add_column("what it was asked, and answered")
        for each in self.answered:
            table.add_row(each.kind, f"{each.endpoint}\n[dim]{each.asked}[/]\n→ {each.answered}")
        return table

    def _took(self) -> Table:
        table = _table("What it took")
        table.add_column("step")
        table.add_column("seconds", justify="right")
        for step, seconds in self.timings.items():
            style = "dim" if step.startswith(" ") else None
            table.add_row(step, f"{seconds:.1f}", style=style)
        table.add_section()
        whole = sum(seconds for step, seconds in self.timings.items() if not step.startswith(" "))
        table.add_row("together", f"{whole:.1f}")
        return table

    def _next(self) -> str:
        again = "\n".join(
            f"After make emulator, the {each.kind} answers again:\n{each.again}\n"
            for each in self.answered
            if each.again
        )
        report = (
            f"  {self.report}\n"
            "                     a page about the executions of the pipeline, and the\n"
            "                     versions that were live\n"
        )
        return (
            "[bold]Where to look next[/]\n"
            "  make emulator      start the embedded AWS again, with all that is deployed,\n"
            "                     for boto3 and cdk\n"
            "  config/dev.yaml    change an instance type or a hyperparameter, and run\n"
            "                     make demo again\n"
            f"{report if self.report else ''}"
            f"  {str(self.state) + '/':<17}  logs of cdk, the emulator, the training job and the\n"
            "                     endpoints; in cdk.out/ the templates that were deployed\n"
            f"  README.md          the same into an AWS account: make deploy ENV=dev\n\n{again}"
        )


def _table(title: str, *, show_lines: bool = False) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", min_width=64, show_lines=show_lines)


def shown_in(page: Path) -> str:
    """The results that ``page`` shows. Raises ValueError when it has no place for them."""
    found = _SHOWN.search(page.read_text())
    if found is None:
        raise ValueError(f"{page} has no block after: `make demo` ends like this (shortened):")
    return found[0]


def show_in(page: Path, results: str) -> None:
    """Put ``results`` in the place of what ``page`` shows. Raises ValueError when there is none."""
    page.write_text(page.read_text().replace(shown_in(page), f"{results}\n"))
