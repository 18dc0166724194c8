"""Versions of what SageMaker reads and writes."""

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
from sagemaker_constructs.policy.relations import used_by_sagemaker
from sagemaker_constructs.policy.rules.storage.data_travels_encrypted import TRAINER


class DataBucketsKeepVersions(PolicyRule):
    """A bucket that SageMaker uses keeps versions: a model or a training set that is overwritten can be had back."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::S3::Bucket": "data-buckets-keep-versions"}
    page = f"{SECURITY_HUB}/s3-controls.html#s3-14"
    fix = "Set VersioningConfiguration.Status to Enabled, with a lifecycle rule for noncurrent versions."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Trainer": TRAINER,
        "Data": resource("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}),
    }
    broken: ClassVar[Resources] = {"Trainer": TRAINER, "Data": resource("AWS::S3::Bucket")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch."""
        status = subject.text("VersioningConfiguration.Status")
        if status in ("", "Suspended") and used_by_sagemaker(subject):
            yield "VersioningConfiguration.Status", status or "none"
