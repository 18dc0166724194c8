"""The library's side of the catalogue: properties of a resource become a request, and breaches become problems."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.catalogue import Request, breaches
from sagemaker_constructs.core.service_model import input_shape, shape


def rule_problems(
    operation: str,
    properties: Mapping[str, object],
    *,
    names: Mapping[str, str] | None = None,
    known: Mapping[str, Mapping[str, Request]] | None = None,
    service: str = "sagemaker",
) -> Iterator[Problem]:
    """What ``operation`` of ``service`` would refuse of a resource with ``properties``.

    ``names`` are the arguments that members of the request come from, where these are not called like the member: a
    whole path such as ``ProductionVariants[].ModelName``, or one member. An empty name leaves the part out.
    ``known`` are the requests behind what it refers to, by kind and by name, which may be a token.
    """
    yield from request_problems(operation, api_request(operation, properties, service=service), names, known)


def request_problems(
    operation: str,
    request: Request,
    names: Mapping[str, str] | None = None,
    known: Mapping[str, Mapping[str, Request]] | None = None,
) -> Iterator[Problem]:
    """``rule_problems`` of a ``request`` that has the names of the API already."""
    requests = known or {}
    for breach in breaches(operation, request, lambda kind, name: requests.get(kind, {}).get(name), "synth"):
        yield Problem(_argument(breach.path, names or {}), breach.at_synth)


def api_request(operation: str, properties: Mapping[str, object], *, service: str = "sagemaker") -> Request:
    """``properties`` of an L1 as members of the API's request: the names differ in case and underscores."""
    return cast(Request, _renamed(input_shape(operation, service), properties, service))


def _renamed(name: str, value: object, service: str) -> object:
    described = shape(name, service)
    if described["type"] == "structure" and isinstance(value, Mapping):
        members = {member.lower(): member for member in described["members"]}
        renamed: dict[str, object] = {}
        for given, item in cast(Mapping[str, object], value).items():
            member = members.get(given.replace("_", "").lower())
            if member and item is not None:
                renamed[member] = _renamed(described["members"][member]["shape"], item, service)
        return renamed
    if described["type"] == "list" and isinstance(value, list | tuple):
        return [_renamed(described["member"]["shape"], item, service) for item in cast(Iterable[object], value)]
    return value


def _argument(path: str, names: Mapping[str, str]) -> str:
    parts: list[str] = []
    walked = ""
    for part in path.split(".") if path else ():
        member, index = re.fullmatch(r"(\w+)((?:\[\d+\])?)", part, re.ASCII).groups()  # pyright: ignore[reportOptionalMemberAccess]
        walked = ".".join(filter(None, (walked, member + ("[]" if index else ""))))
        name = names.get(walked, names.get(member, _snake_case(member)))
        if name:
            parts.append(name + ("" if name.endswith("]") else index))
    return ".".join(parts)


def _snake_case(member: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", member).lower()


def parameter_name_problem(argument: str, name: str) -> Problem | None:
    """What Parameter Store would refuse of a parameter's name."""
    return next(request_problems("PutParameter", {"Name": name}, {"Name": argument}), None)
