"""Find the applications of a domain that have run for longer than they may, delete them, and count them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

NAMESPACE = "SageMakerConstructs/Studio"
_NAMES = ("UserProfileName", "SpaceName", "AppType", "AppName")
_OF_THE_DOMAIN = "RStudioServerPro"
"""What belongs to a domain as a whole, runs as long as it, and cannot be deleted apart from it."""


class ServiceCalls(Protocol):
    """The calls that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``."""
        ...


@dataclass(frozen=True)
class Backstop:
    """Looks at ``domain``: applications that began to run more than ``seconds`` ago are deleted if it ``deletes``."""

    domain: str
    seconds: int
    deletes: bool
    sagemaker: ServiceCalls
    cloudwatch: ServiceCalls
    now: Callable[[], float]

    def look(self) -> dict[str, Any]:
        """What was found and deleted, by name. One that cannot be deleted does not keep the others.

        Raises the first refusal after all of them were tried, so that whoever watches the function learns of it.
        """
        found: list[str] = []
        deleted: list[str] = []
        refusals: list[Exception] = []
        for app in self._running_for_too_long():
            name = "/".join(str(app[each]) for each in _NAMES if app.get(each))
            found.append(name)
            if not self.deletes:
                continue
            try:
                self._delete(app)
                deleted.append(name)
            except Exception as error:
                # Raised below, after the others were tried.
                refusals.append(error)
        self._count(len(found), len(deleted))
        seen = {"found": found, "deleted": deleted}
        # The log is where somebody looks who misses an application.
        print(json.dumps(seen))
        if refusals:
            raise refusals[0]
        return seen

    def _running_for_too_long(self) -> Iterator[Mapping[str, Any]]:
        latest = self.now() - self.seconds
        more: dict[str, str] = {}
        while True:
            page = self.sagemaker.call("list_apps", DomainIdEquals=self.domain, **more)
            for app in page["Apps"]:
                # Starting again makes an application anew, so that its creation is its start.
                began = app["CreationTime"].timestamp()
                if app["Status"] == "InService" and app["AppType"] != _OF_THE_DOMAIN and began < latest:
                    yield app
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _delete(self, app: Mapping[str, Any]) -> None:
        names = {name: app[name] for name in _NAMES if app.get(name)}
        try:
            self.sagemaker.call("delete_app", DomainId=self.domain, **names)
        except Exception as error:
            # Somebody else deletes it, or it just went: of an application, that is an invalid request.
            gone = self.sagemaker.code_of(error) in ("ResourceNotFound", "ResourceInUse") or "RecordNotFound" in str(
                error
            )
            if not gone:
                raise

    def _count(self, found: int, deleted: int) -> None:
        dimensions = [{"Name": "DomainId", "Value": self.domain}]
        values = {"LongRunningApplications": found, "DeletedApplications": deleted}
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Unit": "Count", "Value": value}
            for name, value in values.items()
        ]
        self.cloudwatch.call("put_metric_data", Namespace=NAMESPACE, MetricData=data)
