"""Docstrings of a class' attributes, which Python itself does not keep."""

import ast
import inspect
import sys
import textwrap


def attribute_docstrings(owner: type, *, below: type) -> dict[str, str]:
    """The docstring below each annotated attribute of ``owner`` and its bases, by name, up to the base ``below``."""
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        # A class that was made by a call has no source of its own, but bases that do.
        written = getattr(sys.modules[each.__module__], each.__name__, None) is each
        if written and issubclass(each, below) and each is not below:
            found |= _own(each)
    return found


def _own(owner: type) -> dict[str, str]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(definition, ast.ClassDef)
    return {
        statement.target.id: inspect.cleandoc(after.value.value)
        for statement, after in zip(definition.body, definition.body[1:], strict=False)
        if isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }
