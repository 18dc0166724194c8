"""Give the features of a group their descriptions and parameters, and take what is not stated any more."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Metadata = Mapping[str, Any]
"""`description` and `parameters` of a feature."""


class MetadataCalls(Protocol):
    """The calls of SageMaker that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of SageMaker."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class Waits:
    """How often a feature that was just added is looked for, and the pause between."""

    tries: int = 30
    seconds: float = 4.0
    sleep: Callable[[float], None] = time.sleep


def write(event: Mapping[str, Any], api: MetadataCalls, waits: Waits | None = None) -> str:
    """Return the physical id, the group's name. What is written already is not written again.

    What people have described in the console stays where the template says nothing and has said nothing before.
    """
    properties = event["ResourceProperties"]
    group = str(properties["Group"])
    if event["RequestType"] == "Delete":
        return str(event["PhysicalResourceId"])
    stated = _features(properties)
    before = _features(event.get("OldResourceProperties") or {})
    for name in dict.fromkeys((*stated, *before)):
        _write_one(group, name, stated.get(name, {}), before.get(name, {}), api, waits or Waits())
    return group


def _features(properties: Mapping[str, Any]) -> Mapping[str, Metadata]:
    return json.loads(properties.get("Features") or "{}")


def _write_one(group: str, name: str, stated: Metadata, before: Metadata, api: MetadataCalls, waits: Waits) -> None:
    known = _described(group, name, api, waits)
    held = {each["Key"]: each["Value"] for each in known.get("Parameters", ())}
    wanted: Mapping[str, str] = stated.get("parameters", {})
    added = [{"Key": key, "Value": value} for key, value in wanted.items() if held.get(key) != value]
    removed = [key for key in before.get("parameters", {}) if key in held and key not in wanted]
    # An empty description takes the one that was stated before.
    description = stated.get("description", "" if "description" in before else None)
    changes: dict[str, Any] = {}
    if description is not None and description != known.get("Description", ""):
        changes["Description"] = description
    if removed:
        # Before what is added, so that there are never more than 25.
        _update(group, name, api, ParameterRemovals=removed)
    if added:
        changes["ParameterAdditions"] = added
    if changes:
        _update(group, name, api, **changes)


def _update(group: str, name: str, api: MetadataCalls, **changes: Any) -> None:
    api.call("update_feature_metadata", FeatureGroupName=group, FeatureName=name, **changes)


def _described(group: str, name: str, api: MetadataCalls, waits: Waits) -> Metadata:
    """What SageMaker says of a feature: one that a deployment has just added may take a moment to be there."""
    last: Exception | None = None
    for attempt in _attempts(waits):
        try:
            return api.call("describe_feature_metadata", FeatureGroupName=group, FeatureName=name)
        except Exception as error:
            if api.code_of(error) != "ResourceNotFound" or not attempt:
                raise
            last = error
    raise last or LookupError(name)


def _attempts(waits: Waits) -> Iterator[bool]:
    """Each time whether there will be another one."""
    for number in range(waits.tries):
        if number:
            waits.sleep(waits.seconds)
        yield number + 1 < waits.tries
