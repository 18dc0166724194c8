"""The results of a demo, where a page shows them."""

import re
from pathlib import Path

_SHOWN = re.compile(r"(?<=`make demo` ends like this \(shortened\):\n\n```\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def read(page: Path) -> str:
    """What ``page`` shows. Raises ValueError when it has no place for results."""
    found = _SHOWN.search(page.read_text())
    if found is None:
        raise ValueError(f"{page} has no block after: `make demo` ends like this (shortened):")
    return found[0]


def write(page: Path, results: str) -> None:
    """Put ``results`` in the place of what ``page`` shows. Raises ValueError when there is none."""
    page.write_text(page.read_text().replace(read(page), f"{results}\n"))
