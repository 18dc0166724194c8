"""Options of `COPY` and `UNLOAD`, word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.services.athena.errors import QueryFailed
from emulator.services.redshift.sql.failures import not_supported

_WORD = re.compile(r"'(?:[^']|'')*'|\$\$.*?\$\$|\"[^\"]*\"|[\w.#+-]+|[(),]", re.S)


class Words:
    """The words of a statement, taken one after the other.

    Args:
        sql: The statement, or the rest of it.
    """

    def __init__(self, sql: str) -> None:
        self._words = [found[0] for found in _WORD.finditer(sql)]
        self._place = 0

    @property
    def next(self) -> str:
        """The next word in capital letters; empty at the end."""
        return self._words[self._place].upper() if self._place < len(self._words) else ""

    def take(self) -> str:
        """The next word as it is."""
        if self._place >= len(self._words):
            raise QueryFailed("ERROR: syntax error at end of input")
        self._place += 1
        return self._words[self._place - 1]

    def skip(self, *words: str) -> bool:
        """Take the next word if it is one of these."""
        if self.next not in words:
            return False
        self._place += 1
        return True

    def expect(self, *words: str) -> None:
        """Take these words; raises QueryFailed for any other."""
        for word in words:
            if not self.skip(word):
                raise QueryFailed(
                    f'ERROR: syntax error at or near "{self._words[self._place] if self.next else "end"}"'
                )

    def text(self) -> str:
        """The next word, which is a text in quotes."""
        word = self.take()
        if word.startswith("$$"):
            return word[2:-2]
        if not word.startswith("'"):
            raise QueryFailed(f'ERROR: syntax error at or near "{word}"')
        return word[1:-1].replace("''", "'").replace("\\\\", "\\")

    def number(self) -> int:
        """The next word, which is a whole number."""
        word = self.take().strip("'")
        if not word.isdigit():
            raise QueryFailed(f'ERROR: syntax error at or near "{word}"')
        return int(word)

    def names(self) -> list[str]:
        """Names in parentheses."""
        self.expect("(")
        found = [_name(self.take())]
        while self.skip(","):
            found.append(_name(self.take()))
        self.expect(")")
        return found

    def name(self) -> tuple[str, str]:
        """A table's schema, which may be empty, and its name."""
        word = self.take()
        while self.next.startswith((".", '"')) or word.endswith("."):
            word += self.take()
        schema, _, name = word.replace('"', "").lower().rpartition(".")
        return schema.rpartition(".")[2], name


def _name(word: str) -> str:
    return word.strip('"').lower()


def location(words: Words, command: str) -> str:
    """The location in S3 that comes next."""
    uri = words.text()
    if not uri.startswith("s3://"):
        raise not_supported(f"{command} with another place than Amazon S3: {uri}")
    return uri


def check_role(words: Words, namespace: Mapping[str, Any], command: str) -> None:
    """Take the authorization that comes next; raises QueryFailed when the namespace has no such role."""
    if words.skip("CREDENTIALS"):
        words.skip("AS")
        found = re.fullmatch(r"aws_iam_role=(arn:\S+)", words.text())
        role = found[1] if found else ""
        if not role:
            raise not_supported(f"{command} with access keys; use IAM_ROLE")
    elif words.skip("IAM_ROLE"):
        role = "" if words.skip("DEFAULT") else words.text()
        if not role and not namespace.get("defaultIamRoleArn"):
            raise QueryFailed(
                "ERROR: The namespace has no default IAM role; associate one and set it as the default."
            )
    else:
        raise QueryFailed(f"ERROR: {command} requires an authorization: IAM_ROLE default, or IAM_ROLE 'arn'.")
    if role and role not in namespace["iamRoles"]:
        raise QueryFailed(f"ERROR: The requested role {role} is not associated to cluster")


def ignored(words: Words, options: Sequence[str]) -> bool:
    """Take an option that changes nothing here, with its value."""
    if words.next not in options:
        return False
    words.take()
    words.skip("AS")
    if words.next in ("ON", "OFF", "TRUE", "FALSE", "PRESET") or words.next.startswith("'"):
        words.take()
    return True
