"""Why the buckets of a platform are not replicated, locked or listened to by default."""

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.acknowledgement import (
    acknowledge_control,
    acknowledge_in_template,
    default_child,
)

_NO_REPLICA = (
    "SageMaker reads and writes in its own region only, versioning keeps what is overwritten or deleted, and "
    "a second copy would double the cost of storage: replication is a decision for the owner of the data."
)
_NO_LOCK = "Object lock cannot be undone and blocks the clean-up of failed runs; versioning is on."


def acknowledge_single_region(bucket: s3.Bucket) -> None:
    """Accept, with the reasons, that ``bucket`` has no replica, no object lock and no notifications."""
    acknowledge_control(bucket, "S3BucketReplicationEnabled", reason=_NO_REPLICA)
    acknowledge_control(bucket, "S3BucketDefaultLockEnabled", reason=_NO_LOCK)
    resource = default_child(bucket)
    acknowledge_in_template(resource, "CKV_AWS_144", reason=_NO_REPLICA)
    acknowledge_in_template(resource, "s3_bucket_object_lock_enabled_check", reason=_NO_LOCK)
    acknowledge_in_template(
        resource,
        "s3_event_notifications_enabled_check",
        reason="Nothing listens until a consumer subscribes; the consumer brings the notification.",
    )
