"""Reads a configuration file into frozen settings, or reports all of its mistakes at once."""

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.settings.document import UNREADABLE, Document, read_document
from stacks.settings.explain import correct_keys, explained, wrong_sizes
from stacks.settings.faults import Fault, report, shown
from stacks.settings.models import PlatformSettings
from stacks.settings.rules import RULES
from stacks.settings.scaling_rules import SCALING_RULES
from stacks.settings.schema import settings_schema
from stacks.settings.serving_rules import SERVING_RULES
from stacks.settings.valid_values import ValidValues
from stacks.settings.words import allowed, choice

_PROJECT = Path(__file__).resolve().parents[2]


def load_settings(path: Path, *, project: Path = _PROJECT) -> PlatformSettings:
    """Read `config/<environment>.yaml`. Image folders are looked up in `project`, by default this repository.

    Raises SettingsError with one line per mistake: `file:line: dotted.path: what is wrong; allowed: …`.
    """
    document = _read(path)
    faults = list(document.faults)
    if document.data is UNREADABLE:
        raise report(path, faults)
    if not isinstance(document.data, dict):
        empty = "the file is empty" if document.data is None else f"{shown(document.data)} is not allowed"
        message = f"{empty}; allowed: {allowed(settings_schema())}"
        raise report(path, [*faults, Fault((), message, document.line(()))])
    settings, errors = _validated(document)
    if errors:
        faults += correct_keys(document)
        settings, errors = _validated(document)
        faults += [fault for error in errors if (fault := explained(error, document)) is not None]
        faults += wrong_sizes(document)
    values = ValidValues(document.value(()), {fault.path for fault in faults}, path, project)
    for rule in (*RULES, *SERVING_RULES, *SCALING_RULES):
        faults += [replace(fault, line=document.line(fault.path)) for fault in rule(values)]
    if faults or settings is None:
        raise report(path, faults)
    return settings


def _validated(document: Document) -> tuple[PlatformSettings | None, list[ErrorDetails]]:
    try:
        return PlatformSettings.model_validate(document.data), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _read(path: Path) -> Document:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        present = sorted(entry.name for entry in path.parent.glob("*.yaml"))
        where = f"{path.parent.as_posix()} has {choice(path.name, present)}" if present else "a YAML file"
        raise report(path, [Fault((), f"no such file; allowed: {where}")]) from None
    except OSError as error:
        message = f"cannot be read ({error.strerror}); allowed: a readable YAML file"
        raise report(path, [Fault((), message)]) from None
    return read_document(content)
