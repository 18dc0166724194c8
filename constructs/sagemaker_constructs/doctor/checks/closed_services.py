"""Services that AWS has closed to new customers, and what the templates have of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sagemaker_constructs.core.templates.closed_services import CLOSED_SERVICES, ClosedService
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment
from sagemaker_constructs.policy.requests import requests_of


class ClosedServiceCheck(Check):
    """What only accounts may use that used it before. AWS has no call that says so; what an account has is a sign.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-availability-change.html
    """

    title = "Closed services"
    place = 6

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        found = [(service, users) for service in CLOSED_SERVICES if (users := _users(planned, service))]
        if not found:
            yield self.fine(account, "services", "none that is closed to new customers")
        for service, users in found:
            named = ", ".join(dict.fromkeys(each.path for each in users))
            words = f"closed to new customers since {service.since}; asked for by {named}"
            yield self._judged(account, service, words)

    def _judged(self, account: Account, service: ClosedService, words: str) -> CheckResult:
        if service.used is None:
            return self.unseen(account, service.name, f"{words}. {service.instead}", service.page)
        operation, member = service.used
        try:
            there = account.ask("sagemaker", operation, MaxResults=1)[member]
        except (NotSeen, NotThere) as error:
            return self.unseen(account, service.name, f"{words}: {error}", service.page)
        if there:
            return self.fine(account, service.name, "this account has used it before")
        return self.wrong(account, service.name, f"{words}. {service.instead}", service.page)


def _users(planned: PlannedDeployment, service: ClosedService) -> Sequence[TemplateResource]:
    """The resources that are of the service, or ask for it."""
    found: list[TemplateResource] = []
    for subject in planned.landscape:
        written = json.dumps(subject.properties, default=str) if service.images else ""
        if (
            subject.type in service.types
            or any(image in written for image in service.images)
            or any(member in each.properties for each in requests_of(subject) for member in service.members)
        ):
            found.append(subject)
    return found
