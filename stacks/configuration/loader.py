"""Reads a configuration file into frozen settings, or reports all of its mistakes at once."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.configuration.document import UNREADABLE, Document, read_document
from stacks.configuration.explain import correct_keys, explained, wrong_sizes
from stacks.configuration.faults import Fault, report, shown
from stacks.configuration.lenient import as_far_as_it_goes
from stacks.configuration.rules import broken_rules
from stacks.configuration.schema import schema_tree
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.configuration.words import allowed, choice

Settings = TypeVar("Settings", bound=SettingsSection)


def load(model: type[Settings], path: Path, *, project: Path) -> Settings:
    """Read a file that holds `model`. Folders that it names are looked up in `project`.

    Raises SettingsError with one line per mistake: `file:line: dotted.path: what is wrong and what is allowed`.
    """
    document = _read(path)
    faults = list(document.faults)
    if document.data is UNREADABLE:
        raise report(path, faults)
    if not isinstance(document.data, dict):
        empty = "the file is empty" if document.data is None else f"{shown(document.data)} is not allowed"
        message = f"{empty}; allowed: {allowed(schema_tree(model))}"
        raise report(path, [*faults, Fault((), message, document.line(()))])
    settings, errors = _validated(model, document)
    if errors:
        tree = schema_tree(model)
        faults += correct_keys(document, tree)
        settings, errors = _validated(model, document)
        faults += [fault for error in errors if (fault := explained(error, document, tree)) is not None]
        faults += wrong_sizes(document, tree)
    wrong = {fault.path for fault in faults}
    judged = settings or as_far_as_it_goes(model, document.value(()), wrong)
    for fault in broken_rules(judged, Surroundings(path, project), wrong):
        faults.append(replace(fault, line=document.line(fault.path)))
    if faults or settings is None:
        raise report(path, faults)
    return settings


def _validated(model: type[Settings], document: Document) -> tuple[Settings | None, list[ErrorDetails]]:
    try:
        return model.model_validate(document.data), []
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
