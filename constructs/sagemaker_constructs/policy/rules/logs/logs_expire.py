"""How long logs are kept."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    SECURITY_HUB,
    PolicyRule,
    Resources,
    Told,
    resource,
)


class LogsExpire(PolicyRule):
    """A log group has a retention: without one its logs are kept, and paid for, for ever."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::Logs::LogGroup": "logs-expire"}
    page = f"{SECURITY_HUB}/cloudwatch-controls.html#cloudwatch-16"
    fix = "Set RetentionInDays."
    compliant: ClassVar[Resources] = {"Logs": resource("AWS::Logs::LogGroup", {"RetentionInDays": 365})}
    broken: ClassVar[Resources] = {"Logs": resource("AWS::Logs::LogGroup")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The number of days."""
        if subject.lacks("RetentionInDays"):
            yield "RetentionInDays", "none"
