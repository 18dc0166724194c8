"""Names of a package that are imported when they are first used."""

import ast
import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.argument_types import check_arguments


def open_door(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of ``package``, whose ``__init__.pyi`` lists its names.

    The one list serves type checkers, editors and the program alike. Importing one class does not load the others.
    What is loaded refuses arguments of a wrong type (``check_arguments``).

    See https://peps.python.org/pep-0562/
    """
    found: dict[str, str] = {}
    loaded: dict[str, Any] = {}
    for node in ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            module = importlib.util.resolve_name(f"{'.' * node.level}{node.module or ''}", package)
            found |= {name.name: module for name in node.names}

    def load(name: str) -> Any:
        if name not in found:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if name not in loaded:
            loaded[name] = check_arguments(getattr(importlib.import_module(found[name]), name))
        return loaded[name]

    names = sorted(found)
    return load, lambda: names, names
