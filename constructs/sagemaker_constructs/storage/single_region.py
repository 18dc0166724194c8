"""Why the buckets of a platform are not replicated."""

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.acknowledgement import (
    acknowledge_control,
    acknowledge_in_template,
    default_child,
)

_REASON = (
    "SageMaker reads and writes in its own region only, versioning keeps what is overwritten or deleted, and "
    "a second copy would double the cost of storage: replication is a decision for the owner of the data."
)


def acknowledge_single_region(bucket: s3.Bucket) -> None:
    """Accept, with its reason, that ``bucket`` has no replica and no object lock."""
    acknowledge_control(bucket, "S3BucketReplicationEnabled", reason=_REASON)
    acknowledge_control(
        bucket,
        "S3BucketDefaultLockEnabled",
        reason="Object lock cannot be undone and blocks the clean-up of failed runs; versioning is on.",
    )
    acknowledge_in_template(default_child(bucket), "CKV_AWS_144", "S3_BUCKET_REPLICATION_ENABLED", reason=_REASON)
