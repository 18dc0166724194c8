"""What a person sees while a demo runs."""

import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

_STACK_STARTS = re.compile(r"^(?P<stack>\S+?)(?: \(\S+\))?: deploying\.\.\.")
_STACK_ENDS = re.compile(r"^\s*✅\s+(?P<stack>\S+)")
_TOOK = re.compile(r"^\s*✨\s+(?P<what>Synthesis|Deployment) time: (?P<seconds>[\d.]+)s")
_EVENT = re.compile(
    r"^(?P<stack>\S+)\s+\|\s+(?P<done>\d+)/(?P<total>\d+)\s+\|.*?\|\s+(?P<status>[A-Z_]+)\s+\|\s+(?P<type>[\w:]+)"
)


class Progress:
    """One line per finished step, and a moving one for the step in hand where the console can show it."""

    def __init__(self, console: Console, journal: Path) -> None:
        """``journal`` names the step in hand for the next run, should this one be killed."""
        self.console = console
        self.timings: dict[str, float] = {}
        """Step → seconds; the parts of a step are indented, and come before it."""
        self._stack = ""
        self._status = console.status("")
        self._journal = journal

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Time a step; a step that fails is marked and its error goes on."""
        started = time.monotonic()
        self._journal.write_text(name)
        self._status.update(name)
        self._status.start()
        try:
            yield
        except BaseException:
            self._status.stop()
            self._journal.unlink()
            self.console.print(f"[red]✘[/] {name}")
            raise
        self._status.stop()
        self._journal.unlink()
        self.timings[name] = time.monotonic() - started
        self.console.print(f"[green]✔[/] {name} [dim]{self.timings[name]:.1f} s[/]")

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        """Time a part of the step in hand; parts may run side by side."""
        started = time.monotonic()
        yield
        self._part_ended(name, time.monotonic() - started)

    def deployment_line(self, line: str) -> None:
        """Show where ``cdk deploy`` is, from a line of its output."""
        if match := _STACK_STARTS.match(line) or _STACK_ENDS.match(line):
            self._stack = match["stack"]
            self._status.update(f"deploying {self._stack}")
        elif match := _TOOK.match(line):
            part = "synthesize" if match["what"] == "Synthesis" else f"deploy {self._stack}"
            self._part_ended(part, float(match["seconds"]))
        elif match := _EVENT.search(line):
            self._status.update(
                f"{match['stack']}: {match['done']} of {match['total']}, {match['type']} {match['status']}"
            )

    def _part_ended(self, part: str, seconds: float) -> None:
        self.timings[f"  {part}"] = seconds
        self.console.print(f"  [green]✔[/] [dim]{part} {seconds:.1f} s[/]")
