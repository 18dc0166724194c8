"""Writes which actions CloudFormation calls for a resource: ``python -m tools.handler_permissions``."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tools.create_only import SERVICES

TARGET = Path("constructs/sagemaker_constructs/core/templates/handler_permissions.json")
_CALLED = ("create", "read", "update", "delete")
"""The handlers that a deployment calls; `list` is for who looks around."""


def excerpt_text() -> str:
    """The content of the file: one line for each type, with the actions of each service."""
    types = sorted(cast(Any, PROVIDER_SCHEMA_MANAGER).get_resource_types("us-east-1"))
    found = {kind: _of(kind) for kind in types if kind.startswith("AWS::") and kind.split("::")[1] in SERVICES}
    lines = [f"{json.dumps(kind)}: {json.dumps(some, separators=(',', ':'))}" for kind, some in found.items() if some]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _of(kind: str) -> Mapping[str, Sequence[str]]:
    schema = cast(Any, PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)).schema
    handlers: Mapping[str, Any] = schema.get("handlers") or {}
    found: dict[str, set[str]] = defaultdict(set)
    for name in _CALLED:
        for action in handlers.get(name, {}).get("permissions", []):
            service, _, verb = str(action).partition(":")
            found[service.lower()].add(verb)
    return {service: sorted(verbs) for service, verbs in sorted(found.items())}


if __name__ == "__main__":
    TARGET.write_text(excerpt_text(), encoding="utf-8")
