"""Encryption of what SageMaker reads and writes."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import is_structure
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

_RULES = "BucketEncryption.ServerSideEncryptionConfiguration"


class DataBucketsHaveAKey(PolicyRule):
    """A bucket that SageMaker uses encrypts with a customer managed key by default."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::S3::Bucket": "data-buckets-have-a-key"}
    page = f"{SECURITY_HUB}/s3-controls.html#s3-17"
    fix = "Set BucketEncryption to aws:kms with a KMSMasterKeyID, and BucketKeyEnabled, which saves requests."
    compliant: ClassVar[Resources] = {
        "Trainer": TRAINER,
        "Data": resource(
            "AWS::S3::Bucket",
            {
                "BucketEncryption": {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/data"}}
                    ]
                }
            },
        ),
    }
    broken: ClassVar[Resources] = {"Trainer": TRAINER, "Data": resource("AWS::S3::Bucket")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The algorithm and the key, but of buckets that other buckets write their access logs to."""
        logs = {
            subject.landscape.referred(each, each.value("LoggingConfiguration.DestinationBucketName"))
            for each in subject.landscape.of_type("AWS::S3::Bucket")
        }
        if subject in logs or not used_by_sagemaker(subject):
            return
        listed = [each.get("ServerSideEncryptionByDefault") for _, each in subject.members(_RULES)]
        defaults = [each for each in listed if is_structure(each)]
        if not any(
            str(each.get("SSEAlgorithm", "")).startswith("aws:kms") and each.get("KMSMasterKeyID")
            for each in defaults
        ):
            algorithms = ", ".join(str(each.get("SSEAlgorithm")) for each in defaults) or "none"
            yield "BucketEncryption", f"{algorithms} without a key of the account"
