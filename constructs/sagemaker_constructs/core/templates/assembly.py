"""What a cloud assembly (``cdk.out``) consists of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

Template = Mapping[str, Any]
"""A CloudFormation template."""

_ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StackTemplate:
    """One stack of an app: its name in AWS, its construct path, where it goes, and its template.

    ``account`` is empty where the credentials decide. ``artifact`` is what the manifest says of the stack: the roles
    and the bucket that it is deployed with. ``images`` and ``files`` are the assets that are published for it, as the
    CDK lists them. ``acknowledged`` has the reasons with which findings are accepted, by construct path and by
    identifier. A nested stack is named after its parent and its logical id there, and has no name in AWS that is
    known before it is there.
    """

    name: str
    path: str
    region: str
    file: Path
    template: Template
    nested: bool = False
    acknowledged: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    account: str = ""
    artifact: Mapping[str, Any] = field(default_factory=dict[str, Any])
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    images: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


def stacks_of(assembly: Path) -> Iterator[StackTemplate]:
    """The stacks of a synthesized app, those in stages and nested ones included.

    Raises ``FileNotFoundError`` for a folder that ``cdk synth`` has not written.
    """
    document = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    for name, artifact in document.get("artifacts", {}).items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from stacks_of(assembly / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            file = assembly / properties["templateFile"]
            account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
            assets = _listed_assets(file)
            stack = StackTemplate(
                name=str(properties.get("stackName", name)),
                path=str(artifact.get("displayName", name)).split(" ")[0],
                region=region,
                file=file,
                template=json.loads(file.read_text(encoding="utf-8")),
                acknowledged=_acknowledged(_metadata(assembly, artifact)),
                account="" if account == "unknown-account" else account,
                artifact=properties,
                files=assets.get("files", {}),
                images=assets.get("dockerImages", {}),
            )
            yield stack
            yield from _nested(stack)


def templates_in(files: Mapping[str, Path]) -> Mapping[str, Template]:
    """The templates in ``files``, with those of their nested stacks."""
    found: dict[str, Template] = {}
    for name, file in files.items():
        stack = StackTemplate(name, name, "", file, json.loads(file.read_text(encoding="utf-8")))
        found |= {each.name: each.template for each in (stack, *_nested(stack))}
    return found


def _nested(parent: StackTemplate, assets: Mapping[str, str] | None = None) -> Iterator[StackTemplate]:
    """The stacks in a stack, whose templates are among the assets of the stack that contains them all."""
    assets = _assets(parent.file) if assets is None else assets
    for logical_id, resource in parent.template.get("Resources", {}).items():
        if resource.get("Type") != "AWS::CloudFormation::Stack":
            continue
        found = _HASH.search(json.dumps(resource.get("Properties", {}).get("TemplateURL", "")))
        path = assets.get(found[0], "") if found else ""
        if path.endswith(".json"):
            file = parent.file.parent / path
            child = StackTemplate(
                name=f"{parent.name}/{logical_id}",
                path=parent.path,
                region=parent.region,
                file=file,
                template=json.loads(file.read_text(encoding="utf-8")),
                nested=True,
                acknowledged=parent.acknowledged,
                account=parent.account,
            )
            yield child
            yield from _nested(child, assets)


def _assets(template: Path) -> Mapping[str, str]:
    """The files that go along with a template, by their hashes."""
    files = _listed_assets(template).get("files", {})
    return {name: str(each["source"]["path"]) for name, each in files.items() if "path" in each.get("source", {})}


def _listed_assets(template: Path) -> Mapping[str, Any]:
    listed = template.with_name(template.name.replace(".template.json", ".assets.json"))
    if listed == template or not listed.exists():
        return {}
    found: Mapping[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    return found


def _metadata(assembly: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the CDK has recorded of constructs, which newer versions write beside the manifest."""
    recorded: dict[str, Any] = dict(artifact.get("metadata", {}))
    beside = artifact.get("additionalMetadataFile")
    if beside and (assembly / beside).exists():
        recorded |= json.loads((assembly / beside).read_text(encoding="utf-8"))
    return recorded


def _acknowledged(metadata: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path, entries in metadata.items():
        for entry in entries:
            if entry.get("type") == _ACKNOWLEDGED and isinstance(entry.get("data"), dict):
                found.setdefault(path.lstrip("/"), {}).update(cast("dict[str, str]", entry["data"]))
    return found
