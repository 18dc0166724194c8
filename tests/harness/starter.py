"""The starter project, as copier writes it from the answers of somebody."""

from pathlib import Path

from copier import run_copy

from harness.documents import PROJECT

TEMPLATE = PROJECT / "examples"


def write_starter(folder: Path, **answers: str) -> Path:
    """The project that ``answers`` make, in ``folder``; what is not answered is the default."""
    run_copy(str(TEMPLATE), folder, data=answers, defaults=True, quiet=True)
    return folder
