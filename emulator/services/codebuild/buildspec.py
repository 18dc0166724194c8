"""A buildspec, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml  # pyright: ignore[reportMissingModuleSource]

PHASES = ("install", "pre_build", "build", "post_build")
_TOP = {"version", "env", "phases", "artifacts", "cache"}
_ENV = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions"}
_ARTIFACTS = {"files", "base-directory", "exclude-paths", "discard-paths", "name", "secondary-artifacts"}


class BuildspecError(Exception):
    """What is wrong with a buildspec, or what the emulator does not do of it."""


@dataclass(frozen=True)
class Phase:
    """Commands, those that follow whatever becomes of them, and whether a failure ends the build."""

    commands: Sequence[str] = ()
    finally_: Sequence[str] = ()
    aborts: bool = False


@dataclass(frozen=True)
class Artifact:
    """Files by patterns, relative to a folder of the source."""

    files: Sequence[str]
    base: str = "."
    excluded: Sequence[str] = ()
    flat: bool = False

    def collect(self, source: Path) -> dict[str, Path]:
        """The files by their names within the artifact; raises BuildspecError when there are none."""
        base = (source / self.base).resolve()
        found = {
            path: path.name if self.flat else str(path.relative_to(base))
            for pattern in self.files
            for path in _matching(base, pattern)
        }
        for pattern in self.excluded:
            for path in _matching(base, pattern):
                found.pop(path, None)
        if not found:
            raise BuildspecError(f"no matching artifact paths found: {', '.join(self.files)}")
        return {name: path for path, name in sorted(found.items())}


@dataclass(frozen=True)
class Buildspec:
    """What a build does."""

    phases: Mapping[str, Phase]
    shell: str = "sh"
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    exported: Sequence[str] = ()
    artifact: Artifact | None = None
    secondary: Mapping[str, Artifact] = field(default_factory=dict[str, Artifact])

    @staticmethod
    def read(text: str) -> Buildspec:
        """Of YAML; raises BuildspecError.

        https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
        """
        try:
            given: Any = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise BuildspecError(f"YAML_FILE_ERROR: {' '.join(str(error).split())}") from error
        if not isinstance(given, dict):
            raise BuildspecError("YAML_FILE_ERROR: a buildspec is a mapping")
        document = cast(Mapping[str, Any], given)
        wrong = list(_faults(document))
        if wrong:
            raise BuildspecError("YAML_FILE_ERROR: " + "; ".join(wrong))
        env, written = _members(document, "env"), _members(document, "artifacts")
        return Buildspec(
            phases={name: _phase(each) for name, each in document["phases"].items()},
            shell=str(env.get("shell", "sh")),
            variables=_texts(env.get("variables")),
            parameters=_texts(env.get("parameter-store")),
            secrets=_texts(env.get("secrets-manager")),
            exported=_list(env, "exported-variables"),
            artifact=_artifact(written) if written.get("files") else None,
            secondary={name: _artifact(each) for name, each in _members(written, "secondary-artifacts").items()},
        )


def _faults(document: Mapping[str, Any]) -> Iterator[str]:
    if str(document.get("version")) != "0.2":
        yield f"the emulator reads version 0.2, got: {document.get('version')}"
    phases = _members(document, "phases")
    if not phases:
        yield "phases are missing"
    yield from (f"unknown phase {name}" for name in phases if name not in PHASES)
    places: dict[str, tuple[Mapping[str, Any], set[str]]] = {
        "": (document, _TOP),
        "env": (_members(document, "env"), _ENV),
        "artifacts": (_members(document, "artifacts"), _ARTIFACTS),
        **{f"phases.{name}": (each, _PHASE) for name, each in phases.items()},
    }
    for place, (members, known) in places.items():
        for name in members:
            if name not in known:
                yield f"the emulator does not support {'.'.join(filter(None, (place, name)))}"
    shell = str(_members(document, "env").get("shell", "sh"))
    if shell not in ("sh", "bash", "/bin/sh"):
        yield f"the emulator does not support the shell {shell}"


def _phase(given: Mapping[str, Any]) -> Phase:
    return Phase(
        _list(given, "commands"),
        _list(given, "finally"),
        given.get("on-failure") == "ABORT",
    )


def _artifact(given: Mapping[str, Any]) -> Artifact:
    return Artifact(
        _list(given, "files"),
        str(given.get("base-directory", ".")),
        _list(given, "exclude-paths"),
        str(given.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _members(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], document.get(name) or {})


def _list(given: Mapping[str, Any], name: str) -> list[str]:
    return [str(each) for each in cast(Sequence[Any], given.get(name) or ())]


def _texts(given: Any) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in cast(Mapping[str, Any], given or {}).items()}


def _matching(base: Path, pattern: str) -> Iterator[Path]:
    """Files that a pattern matches; `**/*` is everything below, hidden files too."""
    if (base / pattern).is_file():
        yield base / pattern
        return
    for path in base.glob(pattern.removeprefix("./")):
        if path.is_file():
            yield path
