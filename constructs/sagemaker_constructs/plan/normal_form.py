"""Templates in a form in which what means the same is the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.intrinsics import flat_text, is_intrinsic, is_list, is_structure
from sagemaker_constructs.core.templates.policy_documents import DOCUMENTS

_HASH = re.compile(r"[0-9a-f]{64}")
_LISTS_OF_ONE = ("Action", "NotAction", "Resource", "NotResource")
_SILENT = {"AWS::CDK::Metadata"}
"""Types that say something about the app and do nothing."""


def normal_resources(
    template: Template, contents: Mapping[str, str] | None = None
) -> Mapping[str, Mapping[str, Any]]:
    """The resources of ``template``, by logical id.

    ``contents`` are digests of assets by their hashes: two hashes of the same content become one.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, resource in template.get("Resources", {}).items():
        if resource.get("Type") not in _SILENT:
            written = resource.get("Properties")
            properties = _of_type(str(resource.get("Type")), written if is_structure(written) else {})
            normal = {each: _normal(value, contents or {}) for each, value in properties.items()}
            found[name] = {**resource, "Properties": normal}
    return found


def contents_of(assembly: Path) -> Mapping[str, str]:
    """What each asset of an assembly contains, as a digest, by its hash."""
    found: dict[str, str] = {}
    for listed in sorted(assembly.rglob("*.assets.json")):
        document = json.loads(listed.read_text(encoding="utf-8"))
        for kind, folder in (("files", "path"), ("dockerImages", "directory")):
            for name, asset in document.get(kind, {}).items():
                path = listed.parent / str(asset.get("source", {}).get(folder, ""))
                if asset.get("source", {}).get(folder) and path.exists() and not path.name.endswith(".template.json"):
                    options = {key: value for key, value in asset["source"].items() if key != folder}
                    found[name] = _digest(path, json.dumps(options, sort_keys=True))
    return found


def _digest(path: Path, options: str) -> str:
    digest = hashlib.sha256(options.encode())
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.relative_to(path.parent if file == path else path).as_posix().encode())
            digest.update(file.read_bytes() if path.is_dir() else b"" + file.read_bytes())
    return digest.hexdigest()


def _of_type(kind: str, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties with the policies of their type in one order."""
    changed = dict(properties)
    for name in DOCUMENTS.get(kind, ()):
        if name in changed:
            changed[name] = _document(changed[name])
    if is_list(changed.get("Policies")) and kind.startswith("AWS::IAM::"):
        changed["Policies"] = sorted(
            (
                {**each, "PolicyDocument": _document(each.get("PolicyDocument"))}
                for each in changed["Policies"]
                if is_structure(each)
            ),
            key=lambda each: flat_text(each.get("PolicyName")),
        )
    if is_list(changed.get("ManagedPolicyArns")):
        changed["ManagedPolicyArns"] = sorted(changed["ManagedPolicyArns"], key=flat_text)
    return changed


def _document(document: Any) -> Any:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return document
    if not is_structure(document) or is_intrinsic(document):
        return document
    statements = document.get("Statement", [])
    listed = [_statement(each) for each in (statements if is_list(statements) else [statements])]
    return {**document, "Statement": sorted(listed, key=lambda each: json.dumps(each, sort_keys=True))}


def _statement(statement: Any) -> Any:
    if not is_structure(statement):
        return statement
    changed = {name: value for name, value in statement.items() if name != "Sid"}
    for name in _LISTS_OF_ONE:
        if name in changed:
            value = changed[name]
            changed[name] = sorted((value if is_list(value) else [value]), key=flat_text)
    return changed


def _normal(value: Any, contents: Mapping[str, str]) -> Any:
    if is_intrinsic(value):
        return _text({"text": flat_text(value)}["text"], contents, is_function=True)
    if is_structure(value):
        return {name: _normal(each, contents) for name, each in value.items()}
    if is_list(value):
        items = [_normal(each, contents) for each in value]
        if items and all(is_structure(each) and set(each) == {"Key", "Value"} for each in items):
            return sorted(items, key=lambda each: str(each["Key"]))
        return items
    if isinstance(value, str):
        return _text(value, contents)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(text: str, contents: Mapping[str, str], *, is_function: bool = False) -> Any:
    """The text with assets by their content, and JSON in it in one order."""
    text = _HASH.sub(lambda found: contents.get(found[0], found[0]), text)
    if text.startswith(("{", "[")):
        try:
            return json.dumps(json.loads(text), sort_keys=True)
        except ValueError:
            return text
    return text if is_function or text not in ("True", "False") else text.lower()
