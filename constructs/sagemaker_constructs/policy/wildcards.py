"""What in a policy means everything."""

from __future__ import annotations

import re

from sagemaker_constructs.core.templates.policy_documents import PolicyStatement

_WHOLE_SERVICE = re.compile(r"arn:[^:]*:(?P<service>[\w-]+):[^:]*:[^:]*:(?P<rest>.*)$")
_REFERENCE = re.compile(r"\$\{[^}]*\}")


def is_any(text: str) -> bool:
    """Whether ``text`` matches everything: ``*``, or several of them."""
    return bool(re.fullmatch(r"\*+(:\*+)?", text))


def is_everything(statement: PolicyStatement, *kinds: str) -> bool:
    """Whether a statement is about every resource, or every one of these kinds, such as ``role``.

    ``arn:aws:s3:::*`` is everything too; names that begin alike are not.
    """
    if statement.not_resources:
        return True
    return any(_matches_all(each, kinds) for each in statement.resources)


def _matches_all(resource: str, kinds: tuple[str, ...]) -> bool:
    if is_any(resource):
        return True
    found = _WHOLE_SERVICE.match(_REFERENCE.sub("reference", resource))
    if not found:
        return False
    rest = found["rest"]
    kind, _, name = re.sub(r"^(\w[\w-]*)[:/]", r"\1/", rest).partition("/")
    return bool(re.fullmatch(r"[*/]+", rest)) or (kind in kinds and bool(re.fullmatch(r"[*/:]+", name)))
