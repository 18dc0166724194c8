"""How long logs are kept."""

from collections.abc import Iterator

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import SECURITY_HUB, PolicyRule, Told, resource


class LogsExpire(PolicyRule):
    """A log group has a retention: without one its logs are kept, and paid for, for ever."""

    ids = {"AWS::Logs::LogGroup": "logs-expire"}
    page = f"{SECURITY_HUB}/cloudwatch-controls.html#cloudwatch-16"
    fix = "Set RetentionInDays."
    compliant = {"Logs": resource("AWS::Logs::LogGroup", {"RetentionInDays": 365})}
    broken = {"Logs": resource("AWS::Logs::LogGroup")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The number of days."""
        if subject.lacks("RetentionInDays"):
            yield "RetentionInDays", "none"
