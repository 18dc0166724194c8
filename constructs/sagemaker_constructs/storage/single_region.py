"""Why the buckets of a platform are not replicated, locked or listened to by default."""

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.acknowledgement import (
    Findings,
    acknowledge_each_in_template,
    default_child,
)

_NO_REPLICA = (
    "SageMaker reads and writes in its own region only, versioning keeps what is overwritten or deleted, and "
    "a second copy would double the cost of storage: replication is a decision for the owner of the data."
)
_NO_LOCK = "Object lock cannot be undone and blocks the clean-up of failed runs; versioning is on."


def acknowledge_single_region(bucket: s3.Bucket) -> None:
    """Accept, with the reasons, that ``bucket`` has no replica, no object lock and no notifications."""
    findings = Findings(bucket)
    findings.control("S3BucketReplicationEnabled", reason=_NO_REPLICA)
    findings.control("S3BucketDefaultLockEnabled", reason=_NO_LOCK)
    findings.write()
    acknowledge_each_in_template(
        default_child(bucket),
        {
            "CKV_AWS_144": _NO_REPLICA,
            "s3_bucket_object_lock_enabled_check": _NO_LOCK,
            "s3_event_notifications_enabled_check": "Nothing listens until a consumer subscribes; the consumer "
            "brings the notification.",
        },
    )
