"""Notebooks of the tests."""

import json
from collections.abc import Sequence
from typing import Any


def code(text: str, *tags: str, **members: Any) -> dict[str, Any]:
    """A cell with a program."""
    metadata = {"tags": [*tags]} if tags else {}
    return {
        "cell_type": "code",
        "id": f"cell-{sum(text.encode())}",
        "metadata": metadata,
        "source": text,
        "outputs": [],
        "execution_count": None,
        **members,
    }


def notebook(*cells: dict[str, Any], **members: Any) -> str:
    """A notebook of nbformat 4.5 with these cells."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": [*cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5, **members})


def printed(document: dict[str, Any]) -> list[str]:
    """What each cell with a program has printed, and the last error's name."""
    return ["".join(map(_text, cell["outputs"])) for cell in document["cells"] if cell["cell_type"] == "code"]


def _text(output: dict[str, Any]) -> str:
    text: str | Sequence[str] = output.get("text", output.get("ename", ""))
    return text if isinstance(text, str) else "".join(text)
