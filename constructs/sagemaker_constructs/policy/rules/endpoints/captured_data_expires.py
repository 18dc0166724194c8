"""What captured data costs."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    PolicyRule,
    Resources,
    Told,
    resource,
)


class CapturedDataExpires(PolicyRule):
    """The bucket of captured requests lets them expire: capture goes on as long as the endpoint answers."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::EndpointConfig": "captured-data-expires"}
    page = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html"
    fix = "Give the bucket a lifecycle rule with ExpirationInDays for the prefix."
    production_only = True
    compliant: ClassVar[Resources] = {
        "Captured": resource(
            "AWS::S3::Bucket",
            {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 90}]}},
        ),
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {
                "DataCaptureConfig": {
                    "DestinationS3Uri": {"Fn::Sub": "s3://${Captured}/data"},
                    "KmsKeyId": "alias/data",
                }
            },
        ),
    }
    broken: ClassVar[Resources] = {
        "Captured": resource("AWS::S3::Bucket"),
        "Config": resource(
            "AWS::SageMaker::EndpointConfig",
            {
                "DataCaptureConfig": {
                    "DestinationS3Uri": {"Fn::Sub": "s3://${Captured}/data"},
                    "KmsKeyId": "alias/data",
                }
            },
        ),
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The bucket, if the app has it."""
        path = "DataCaptureConfig.DestinationS3Uri"
        bucket = subject.landscape.referred(subject, subject.value(path))
        if bucket is None or bucket.type != "AWS::S3::Bucket":
            return
        rules = [each for _, each in bucket.members("LifecycleConfiguration.Rules")]
        if not any("ExpirationInDays" in each or "ExpirationDate" in each for each in rules):
            yield path, f"bucket {bucket.logical_id} without expiration"
