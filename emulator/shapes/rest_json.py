"""AWS's REST protocol with JSON: a request's path, query and body read into the input of an operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from urllib.parse import unquote

from emulator.shapes.json_protocol import parsed_body
from emulator.shapes.service_model import Shape, members_of, service_model

_TRUE = "true"


@dataclass(frozen=True)
class RestCall:
    """A request, read.

    Args:
        operation: Its operation, such as `GetRecord`.
        request: The input, as for boto3.
    """

    operation: str
    request: dict[str, Any]


def read_call(service: str, method: str, path: str, query: Mapping[str, Any], body: bytes) -> RestCall | None:
    """Read a request for a service; None when the service has no such path.

    Raises:
        ServiceError: The body is not JSON.
    """
    for verb, pattern, name in _routes(service):
        found = pattern.fullmatch(path) if verb == method else None
        if found:
            shape = service_model(service).operation_model(name).input_shape
            parts = {member: unquote(value) for member, value in found.groupdict().items()}
            return RestCall(name, dict(_members(shape, parts, query, parsed_body(body) if body else {})))
    return None


def _members(
    shape: Shape | None, path: Mapping[str, str], query: Mapping[str, Any], body: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    known = members_of(shape)
    for member, each in known.items():
        place = cast(Mapping[str, str], cast(Any, each).serialization)
        name = place.get("name", member)
        if place.get("location") == "uri" and name in path:
            yield member, path[name]
        elif place.get("location") == "querystring" and name in query:
            yield member, _of_query(each, query[name])
        elif "location" not in place and body.get(name) is not None:
            yield member, body[name]
    yield from ((name, value) for name, value in body.items() if name not in known)


def _of_query(shape: Shape, given: Any) -> Any:
    values = cast(Sequence[str], given) if isinstance(given, list) else [str(given)]
    if shape.type_name == "list":
        return list(values)
    if shape.type_name == "boolean":
        return values[0].lower() == _TRUE
    return int(values[0]) if shape.type_name == "integer" and values[0].isdigit() else values[0]


@cache
def _routes(service: str) -> Sequence[tuple[str, re.Pattern[str], str]]:
    """Method, path and name of each operation; a parameter of a path may hold slashes, as ARNs do."""
    model = service_model(service)
    routes: list[tuple[str, re.Pattern[str], str]] = []
    for name in model.operation_names:
        http = cast(Mapping[str, str], cast(Any, model.operation_model(name)).http)
        pieces = re.split(r"\{(\w+)\+?\}", http["requestUri"])
        pattern = "".join(f"(?P<{each}>.+)" if index % 2 else re.escape(each) for index, each in enumerate(pieces))
        routes.append((http["method"], re.compile(pattern), name))
    # Of two that match, the one with the longer path is meant.
    return sorted(routes, key=lambda route: -len(route[1].pattern))
