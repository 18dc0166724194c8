"""What is real in the emulator, as its rooms state it; `python -m emulator.coverage` writes README's table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

_EMULATOR = Path(__file__).parent
_README = _EMULATOR / "README.md"
_BEGIN = "<!-- Written by: python -m emulator.coverage -->"
_END = "<!-- End of the written table -->"
_ROOMS = (
    "cloudformation",
    "sagemaker/api",
    "sagemaker/models",
    "sagemaker/features",
    "sagemaker/endpoints",
    "sagemaker/components",
    "sagemaker/invocations",
    "sagemaker/observed",
    "sagemaker/tracking",
    "sagemaker/notebooks",
    "jobs",
    "pipelines",
    "services",
    "ministack",
)


@dataclass(frozen=True)
class Coverage:
    """How far something of AWS is emulated.

    Args:
        area: What it is about.
        real: What happens as it does in AWS.
        recorded: What is accepted and described, and has no effect.
        refused: What fails, with the reason.
    """

    area: str
    real: str
    recorded: str = ""
    refused: str = ""


class _Room(Protocol):
    COVERAGE: Sequence[Coverage]


def coverage() -> Iterator[tuple[str, Coverage]]:
    """Every row with the module that states it, in the order of the rooms."""
    for room in _ROOMS:
        for path in sorted((_EMULATOR / room).rglob("*.py")):
            if "\nCOVERAGE = (" in path.read_text():
                parts = path.relative_to(_EMULATOR.parent).with_suffix("").parts
                name = ".".join(parts).removesuffix(".__init__")
                for row in cast(_Room, importlib.import_module(name)).COVERAGE:
                    yield name, row


def table() -> str:
    """The rows as a table of Markdown."""
    rows = [(row.area, row.real, row.recorded, row.refused) for _, row in coverage()]
    lines = [_line("", "real", "recorded only", "refused, with the reason"), "|---|---|---|---|"]
    return "\n".join([*lines, *(_line(*row) for row in rows)])


def _line(*cells: str) -> str:
    return "|".join(["", *(f" {cell} " if cell else " " for cell in cells), ""])


def with_table(text: str) -> str:
    """A text with the present table between its markers."""
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{table()}\n{_END}{rest.partition(_END)[2]}"


if __name__ == "__main__":
    _README.write_text(with_table(_README.read_text()))
