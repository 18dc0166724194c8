"""The monitors of an account, by the functions that run them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tools.report.executions import Clients

_MONITOR, _REACTIONS = "lambdas.monitor.handler.handler", "lambdas.react.handler.handler"
_OWNERS = ("owner", "team", "contact", "cost-center")
_AT_ONCE = 8


@dataclass(frozen=True)
class FoundMonitor:
    """A monitor that is deployed; ``owner`` is the value of its first tag that names one."""

    name: str
    endpoint: str
    bucket: str
    folder: str
    hours: float
    owner: str
    tags: Mapping[str, str]

    @property
    def watched(self) -> str:
        """The endpoint, or the monitor of a prefix."""
        return self.endpoint or self.name


@dataclass(frozen=True)
class FoundFunctions:
    """What an account's functions tell: its monitors, and the tables of reactions to them."""

    monitors: Sequence[FoundMonitor]
    reactions: Sequence[str]


def found_functions(clients: Clients) -> FoundFunctions:
    """All monitors of the account and region, in the order of what they watch."""
    functions = clients.client("lambda")
    listed: list[Mapping[str, Any]] = [
        each for page in functions.get_paginator("list_functions").paginate() for each in page["Functions"]
    ]
    own = [each for each in listed if each.get("Handler") == _MONITOR and "MONITOR" in _variables(each)]

    def found(function: Mapping[str, Any]) -> FoundMonitor:
        return _monitor(functions, function)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        monitors = [*pool.map(found, own)]
    tables = [_variables(each)["TABLE"] for each in listed if each.get("Handler") == _REACTIONS]
    return FoundFunctions(sorted(monitors, key=lambda each: (each.watched, each.name)), tables)


def _monitor(functions: Any, function: Mapping[str, Any]) -> FoundMonitor:
    variables = _variables(function)
    told = json.loads(variables["MONITOR"])
    bucket, _, folder = variables["REPORTS"].removeprefix("s3://").partition("/")
    try:
        tags = dict(functions.list_tags(Resource=function["FunctionArn"]).get("Tags", {}))
    except ClientError:
        # Whoever may not read tags sees all the rest.
        tags = {}
    return FoundMonitor(
        name=told["name"],
        endpoint=told["endpoint"],
        bucket=bucket,
        folder=folder.strip("/"),
        hours=told["every"] / 3600,
        owner=next(_owners(tags), ""),
        tags=tags,
    )


def _owners(tags: Mapping[str, str]) -> Iterator[str]:
    lower = {name.lower(): value for name, value in tags.items()}
    yield from (lower[name] for name in _OWNERS if lower.get(name))


def _variables(function: Mapping[str, Any]) -> Mapping[str, str]:
    return function.get("Environment", {}).get("Variables", {})
