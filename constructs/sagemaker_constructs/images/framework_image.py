"""Images that AWS owns: deep learning frameworks and built-in algorithms, looked up in a table, without network."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

from sagemaker_constructs.core.rules.instance_types import is_graviton
from sagemaker_constructs.core.spelling import nearest_to

Processor = Literal["cpu", "gpu"]
Scope = Literal["training", "inference", "processing"]

_TABLE = Path(__file__).with_name("framework_images.json")
_LISTED = 12


class UnknownFrameworkImage(ValueError):  # noqa: N818 - it reads as what it is where a user meets it
    """The table has no such image; the message names the argument, its value and what is allowed."""


@dataclass(frozen=True)
class FrameworkImage:
    """An image in a registry of AWS."""

    uri: str
    account: str
    """Account that owns the registry; a role that pulls the image needs the right to this account's repository."""
    region: str
    repository: str
    tag: str
    """Empty for an image of which AWS publishes one, without a version."""


def framework_image(
    framework: str,
    *,
    region: str,
    scope: Scope,
    version: str | None = None,
    python: str | None = None,
    processor: Processor | None = None,
    instance_type: str | None = None,
) -> FrameworkImage:
    """Return the image of a framework or built-in algorithm.

    ``version`` and ``python`` (such as ``py312``) may be left out where there is only one. ``processor``, or the
    ``instance_type`` that tells it, is needed where images differ by processor; a Graviton instance type selects
    the ARM image. Hugging Face versions name both parts, such as ``pytorch2.8.0-transformers4.56.2``.

    Raises ``UnknownFrameworkImage`` when the table has no such image.
    """
    scopes = _member("framework", framework, _table()["frameworks"])
    name = f"{framework} version"
    built_for = "graviton" if instance_type and is_graviton(instance_type) else scope
    versions = _member(f"{framework} scope", built_for, scopes)
    entry = _member(name, _only(name, version, versions), versions)
    accounts = _table()["registries"][entry["registries"]]
    account = _member(f"region of {framework}", region, accounts)
    parts = [entry["prefix"]]
    if entry["processors"]:
        chosen = _processor(framework, entry["processors"], processor, instance_type)
        parts += [chosen, *_python(framework, entry, python), entry["suffixes"].get(chosen, "")]
    else:
        parts += _python(framework, entry, python)
    tag = "-".join(part for part in parts if part)
    domain = _table()["domains"].get(region, "amazonaws.com")
    named = f"{entry['repository']}:{tag}" if tag else entry["repository"]
    uri = f"{account}.dkr.ecr.{region}.{domain}/{named}"
    return FrameworkImage(uri, account, region, entry["repository"], tag)


def frameworks() -> tuple[str, ...]:
    """Return the names of all frameworks and built-in algorithms in the table."""
    return tuple(_table()["frameworks"])


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return json.loads(_TABLE.read_text(encoding="utf-8"))


def _processor(framework: str, known: list[str], processor: str | None, instance_type: str | None) -> str:
    if instance_type is None:
        return _member("processor", _only(f"{framework} processor", processor, known), {each: each for each in known})
    if processor is not None:
        raise UnknownFrameworkImage(
            f"processor must be left out when instance_type is given, got: {processor!r} and {instance_type!r}"
        )
    family = re.match(r"ml\.([a-z]+\d[a-z0-9-]*)\.", instance_type)
    if family is None:
        raise UnknownFrameworkImage(f"instance_type must look like ml.m5.large, got: {instance_type!r}")
    if family[1].startswith(("inf", "trn")):
        raise UnknownFrameworkImage(
            f"instance_type must not be of an Inferentia or Trainium family, whose images are not in the table, "
            f"got: {instance_type!r}"
        )
    needed = "gpu" if family[1].startswith(("g", "p")) else "cpu"
    if needed not in known:
        raise UnknownFrameworkImage(
            f"instance_type must have one of the processors {', '.join(known)} for {framework}, "
            f"got: {instance_type!r} ({needed})"
        )
    return needed


def _python(framework: str, entry: dict[str, Any], python: str | None) -> list[str]:
    known = cast(list[str], entry["python"])
    if not known:
        if python is not None:
            raise UnknownFrameworkImage(f"python must be left out for this {framework} image, got: {python!r}")
        return []
    return [_member("python", _only(f"{framework} python", python, known), {each: each for each in known})]


def _only(name: str, value: str | None, options: Iterable[str]) -> str:
    if value is not None:
        return value
    known = list(options)
    if len(known) == 1:
        return known[0]
    raise UnknownFrameworkImage(f"{name} must be given; allowed: {_list(known)}")


def _member(name: str, value: str, options: dict[str, Any]) -> Any:
    if value in options:
        return options[value]
    near = nearest_to(value, options)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownFrameworkImage(
        f"{name} must be a known value, got: {value!r}; {hint}allowed: {_list(list(options))}"
    )


def _list(options: list[str]) -> str:
    more = len(options) - _LISTED
    return ", ".join(options[-_LISTED:]) + (f" and {more} more" if more > 0 else "")
