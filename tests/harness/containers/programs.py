"""Programs and scripts that containers of the tests run: files below `tests/images`, as the text of an image."""

from pathlib import Path

IMAGES = Path(__file__).resolve().parents[2] / "images"


def program(name: str) -> str:
    """The text of a program, such as `wait/__main__.py`."""
    return (IMAGES / name).read_text()
