"""The commands of the AWS CLI that the doctor names, carried out over boto3: the CLI itself is not at hand here."""

from __future__ import annotations

import importlib
import json
import shlex
from collections.abc import Mapping
from typing import Any

from harness.aws_clients import Clients


def run_command(client: Clients, command: str) -> Any:
    """Carry out ``aws <service> <operation> --option value …`` as the CLI does; fails where it would not know it."""
    program, service, operation, *words = shlex.split(command.partition("    # ")[0])
    assert program == "aws", command
    if service == "s3":
        assert operation == "rb", command
        return client("s3").delete_bucket(Bucket=words[0].removeprefix("s3://"))
    asked = client(service)
    method = operation.replace("-", "_")
    name = asked.meta.method_to_api_mapping[method]
    members: Mapping[str, Any] = asked.meta.service_model.operation_model(name).input_shape.members
    by_option = {"--" + _dashed(member): (member, shape) for member, shape in members.items()}
    request: dict[str, Any] = {}
    while words:
        option = words.pop(0)
        if option == "--region":
            assert words.pop(0) == asked.meta.region_name
            continue
        member, shape = by_option[option]
        request[member] = True if shape.type_name == "boolean" else _value(shape, words.pop(0))
    return getattr(asked, method)(**request)


def _value(shape: Any, text: str) -> Any:
    match shape.type_name:
        case "string":
            return text
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "list":
            return [dict(part.split("=", 1) for part in text.split(","))] if "=" in text else [text]
        case _:
            return json.loads(text)


def _dashed(member: str) -> str:
    return importlib.import_module("botocore").xform_name(member, "-")
