"""Wait for network interfaces that SageMaker deletes in its own time."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Ec2Api(Protocol):
    """The call that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of EC2."""
        ...


@dataclass(frozen=True)
class Looks:
    """How often is asked, and the pause between. Together less than the 15 minutes that a function may run."""

    tries: int = 84
    seconds: float = 10.0
    sleep: Callable[[float], None] = time.sleep


class StillInUseError(Exception):
    """Interfaces are left after all the patience."""


def release(event: Mapping[str, Any], api: Ec2Api, patience: Looks | None = None) -> str:
    """Return the physical id. A deletion ends when no interface of the resource is left, or raises their names."""
    if event["RequestType"] != "Delete":
        return str(event.get("PhysicalResourceId") or event["LogicalResourceId"])
    waiting = patience or Looks()
    properties = event["ResourceProperties"]
    left: list[str] = []
    for attempt in range(waiting.tries):
        left = sorted(_left(api, properties["SecurityGroupIds"], properties.get("RequesterId")))
        if not left:
            return str(event["PhysicalResourceId"])
        if attempt < waiting.tries - 1:
            waiting.sleep(waiting.seconds)
    raise StillInUseError(
        f"Network interfaces still use {', '.join(properties['SecurityGroupIds'])}: {', '.join(left)}. SageMaker "
        "removes its own within minutes after an endpoint or a job; delete the stack again then."
    )


def _left(api: Ec2Api, groups: list[str], requester: str | None) -> Iterator[str]:
    """The interfaces in ``groups``; with ``requester``, only those that sessions of this role have made."""
    arguments: dict[str, Any] = {"Filters": [{"Name": "group-id", "Values": groups}]}
    while True:
        page = api.call("describe_network_interfaces", **arguments)
        for interface in page["NetworkInterfaces"]:
            within = any(group["GroupId"] in groups for group in interface["Groups"])
            made_by = str(interface.get("RequesterId", "")).partition(":")[0]
            if within and requester in (None, made_by):
                yield str(interface["NetworkInterfaceId"])
        if not page.get("NextToken"):
            return
        arguments["NextToken"] = page["NextToken"]
