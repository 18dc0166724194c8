"""Functions in front of endpoints."""

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


class FunctionsAreForNamedCallers(PolicyRule):
    """A function is invoked by named callers, and by services for this account."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::Lambda::Permission": "functions-are-for-named-callers"}
    page = f"{SECURITY_HUB}/lambda-controls.html#lambda-1"
    fix = "Set Principal to a service or an account, and SourceAccount or SourceArn."
    compliant: ClassVar[Resources] = {
        "Call": resource(
            "AWS::Lambda::Permission",
            {"Principal": "s3.amazonaws.com", "SourceAccount": {"Ref": "AWS::AccountId"}},
        )
    }
    broken: ClassVar[Resources] = {"Call": resource("AWS::Lambda::Permission", {"Principal": "*"})}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The principal, and for S3 whose buckets."""
        sources = ("SourceAccount", "SourceArn", "PrincipalOrgID", "EventSourceToken")
        is_limited = any(not subject.lacks(each) for each in sources)
        if subject.text("Principal") in ("*", "s3.amazonaws.com") and not is_limited:
            yield "Principal", subject.text("Principal")
