"""Public buckets."""

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

_SWITCHES = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


class BucketsAreNotPublic(PolicyRule):
    """A bucket blocks public access, as S3 does by default."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::S3::Bucket": "buckets-are-not-public"}
    page = f"{SECURITY_HUB}/s3-controls.html#s3-8"
    fix = "Set all four members of PublicAccessBlockConfiguration to true."
    compliant: ClassVar[Resources] = {"Bucket": resource("AWS::S3::Bucket")}
    broken: ClassVar[Resources] = {
        "Bucket": resource("AWS::S3::Bucket", {"PublicAccessBlockConfiguration": {"BlockPublicPolicy": False}})
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each switch of a configuration that replaces S3's own, and the canned access control list."""
        if not subject.lacks("PublicAccessBlockConfiguration"):
            for switch in _SWITCHES:
                path = f"PublicAccessBlockConfiguration.{switch}"
                if not subject.is_on(path):
                    yield path, subject.value(path)
        if subject.text("AccessControl").startswith(("Public", "AuthenticatedRead")):
            yield "AccessControl", subject.text("AccessControl")
