"""The text of a definition, with tokens inside."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import Fn, Token

from sagemaker_constructs.core.tokens import is_token

_TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")
_NAMED = re.compile(r"\u0002(\w+)\u0003")


class DefinitionBody:
    """``document`` as JSON, in which each token stands once: ``text`` for ``Fn::Sub``, whose ``values`` they are.

    A ``${`` of the user is escaped as ``${!``. Lists that are only known at deployment become their entries, numbers
    stay numbers. The same document gives the same text.
    """

    def __init__(self, document: Mapping[str, object]) -> None:
        self.values: dict[str, object] = {}
        self._names: dict[object, str] = {}
        plain = json.dumps(self._marked(document), separators=(",", ":"), ensure_ascii=False)
        # json.dumps escapes both marks, which no text of a user can contain otherwise.
        plain = plain.replace('"\\u0002#', "\u0002").replace('#\\u0003"', "\u0003")
        plain = plain.replace("\\u0002", "\u0002").replace("\\u0003", "\u0003")
        if self.values:
            plain = _NAMED.sub(r"${\1}", plain.replace("${", "${!"))
        self.text: str = plain

    def value(self) -> object:
        """The text, or what CloudFormation makes of it."""
        return Fn.sub(self.text, cast("Mapping[str, str]", self.values)) if self.values else self.text

    def _marked(self, value: object) -> object:
        """``value`` with a mark in the place of each token: with quotes around it that go, where it is no text."""
        match value:
            case str():
                return _TOKEN.sub(lambda found: f"\u0002{self._name(found[0], found[0])}\u0003", value)
            case Mapping():
                members = cast(Mapping[str, object], value)
                return {str(self._marked(name)): self._marked(item) for name, item in members.items()}
            case list() | tuple():
                entries = cast("Sequence[object]", value)
                if is_token(entries):
                    joined = self._name(str(entries[0]), lambda: Fn.join('","', cast("list[str]", entries)))
                    return [f"\u0002{joined}\u0003"]
                return [self._marked(item) for item in entries]
            case int() | float() if is_token(value):
                number = self._name(repr(value), lambda: Token.as_string(value))
                return f"\u0002#{number}#\u0003"
            case _:
                return self._marked(Token.as_string(value)) if is_token(value) else value

    def _name(self, key: object, value: object) -> str:
        if key not in self._names:
            self._names[key] = f"V{len(self._names)}"
            self.values[self._names[key]] = value() if callable(value) else value
        return self._names[key]
