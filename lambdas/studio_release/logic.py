"""Empty a domain of Studio: applications first, then spaces, then user profiles, each until none is left."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_GONE = ("Deleted", "Failed")


class StudioApi(Protocol):
    """The calls that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of SageMaker."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``."""
        ...


@dataclass(frozen=True)
class Pauses:
    """How often is looked, and the pause between. Together less than the 15 minutes that a function may run."""

    tries: int = 84
    seconds: float = 10.0
    sleep: Callable[[float], None] = time.sleep


class NotEmptyError(Exception):
    """Something is left after all the patience."""


@dataclass(frozen=True)
class _Kind:
    """What belongs to a domain: how it is listed, and what names one of them."""

    listed: str
    members: str
    deleted: str
    names: tuple[str, ...]


_APPS = _Kind("list_apps", "Apps", "delete_app", ("UserProfileName", "SpaceName", "AppType", "AppName"))
_SPACES = _Kind("list_spaces", "Spaces", "delete_space", ("SpaceName",))
_PROFILES = _Kind("list_user_profiles", "UserProfiles", "delete_user_profile", ("UserProfileName",))


def empty(event: Mapping[str, Any], api: StudioApi, patience: Pauses | None = None) -> str:
    """Return the physical id. A deletion ends when nothing of the domain is left, or raises the names of what is."""
    if event["RequestType"] != "Delete":
        return str(event.get("PhysicalResourceId") or event["LogicalResourceId"])
    waiting = patience or Pauses()
    domain = str(event["ResourceProperties"]["DomainId"])
    left: list[str] = []
    for attempt in range(waiting.tries):
        left = _delete_next(domain, api)
        if not left:
            return str(event["PhysicalResourceId"])
        if attempt < waiting.tries - 1:
            waiting.sleep(waiting.seconds)
    raise NotEmptyError(f"The domain {domain} still has {', '.join(left)}; delete the stack again in some minutes.")


def _delete_next(domain: str, api: StudioApi) -> list[str]:
    """Have the first kind deleted of which anything is left, and return the names; none when the domain is empty."""
    for kind in (_APPS, _SPACES, _PROFILES):
        found = [each for each in _all(domain, kind, api) if kind is not _APPS or each.get("Status") not in _GONE]
        for each in found:
            if each.get("Status") not in ("Deleting", "Pending"):
                _delete(domain, kind, each, api)
        if found:
            return ["/".join(str(each[name]) for name in kind.names if each.get(name)) for each in found]
    return []


def _delete(domain: str, kind: _Kind, found: Mapping[str, Any], api: StudioApi) -> None:
    try:
        api.call(kind.deleted, DomainId=domain, **{name: found[name] for name in kind.names if found.get(name)})
    except Exception as error:
        # Somebody else deletes it, or it just went: of an application, that is an invalid request.
        gone = api.code_of(error) in ("ResourceNotFound", "ResourceInUse") or "RecordNotFound" in str(error)
        if not gone:
            raise


def _all(domain: str, kind: _Kind, api: StudioApi) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = api.call(kind.listed, DomainIdEquals=domain, **more)
        found += page[kind.members]
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
