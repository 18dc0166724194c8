"""Exact rights on a bucket's objects: the grants of aws-cdk-lib end in ``Get*`` and ``List*``."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary, WeakSet

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants

_CHOSEN_AT_RUN_TIME = "Keys below this prefix are chosen at run time, one per job or request."


@dataclass(frozen=True)
class BucketFacts:
    """What a bucket says of itself: ARN, name, and the key that encrypts it."""

    arn: str
    name: str
    encryption_key: kms.IKey | None

    def url(self, key: str) -> str:
        """The S3 URL of an object."""
        return f"s3://{self.name}/{key}"


_BUCKETS: "WeakKeyDictionary[s3.IBucket, BucketFacts]" = WeakKeyDictionary()
_KEYS: "WeakKeyDictionary[kms.IKey, str]" = WeakKeyDictionary()
_READ_BY_BROWSERS: "WeakSet[s3.Bucket]" = WeakSet()


def bucket_facts(bucket: s3.IBucket) -> BucketFacts:
    """ARN, name and key of ``bucket``, each read once."""
    if bucket not in _BUCKETS:
        _BUCKETS[bucket] = BucketFacts(bucket.bucket_arn, bucket.bucket_name, bucket.encryption_key)
    return _BUCKETS[bucket]


def key_arn(key: kms.IKey) -> str:
    """The ARN of ``key``, read once."""
    if key not in _KEYS:
        _KEYS[key] = key.key_arn
    return _KEYS[key]


def grant_read_objects(bucket: s3.IBucket, grants: Grants, pattern: str) -> None:
    """Allow reading the objects whose keys match ``pattern`` (``folder/*`` or one key), and listing them."""
    facts = bucket_facts(bucket)
    grants.allow("s3:GetObject", on=f"{facts.arn}/{pattern}", because=_CHOSEN_AT_RUN_TIME, owner=bucket)
    grants.allow("s3:ListBucket", on=facts.arn, when={"StringLike": {"s3:prefix": [pattern]}})
    if facts.encryption_key:
        grants.allow("kms:Decrypt", on=key_arn(facts.encryption_key))


def grant_write_objects(bucket: s3.IBucket, grants: Grants, pattern: str) -> None:
    """Allow writing objects whose keys match ``pattern``, and neither reading nor deleting them."""
    facts = bucket_facts(bucket)
    grants.allow(
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        on=f"{facts.arn}/{pattern}",
        because=_CHOSEN_AT_RUN_TIME,
        owner=bucket,
    )
    if facts.encryption_key:
        # Decrypt as well: the parts of a multipart upload are read back when it completes.
        grants.allow("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", on=key_arn(facts.encryption_key))


def grant_replace_objects(bucket: s3.IBucket, grants: Grants, pattern: str) -> None:
    """Allow writing, listing and deleting objects whose keys match ``pattern``, as engines do that replace a folder.

    See https://docs.aws.amazon.com/glue/latest/dg/getting-started-min-privs-job.html
    """
    grant_write_objects(bucket, grants, pattern)
    facts = bucket_facts(bucket)
    grants.allow("s3:DeleteObject", on=f"{facts.arn}/{pattern}", because=_CHOSEN_AT_RUN_TIME, owner=bucket)
    grants.allow("s3:ListBucket", on=facts.arn, when={"StringLike": {"s3:prefix": [pattern]}})


def tell_event_bridge(bucket: s3.IBucket) -> None:
    """Have ``bucket`` send its events to EventBridge, if it is of the same app; any other has to do so already.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
    """
    resource = bucket.node.default_child
    if isinstance(resource, s3.CfnBucket):
        resource.add_property_override("NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True)


def let_browsers_read(bucket: s3.IBucket) -> None:
    """Have ``bucket`` let pages of other hosts read what they have a signed URL for, if this app makes it.

    It keeps the rules that it has. Any other bucket has to have one already.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-cors-update.html
    """
    if isinstance(bucket, s3.Bucket) and bucket not in _READ_BY_BROWSERS:
        _READ_BY_BROWSERS.add(bucket)
        bucket.add_cors_rule(
            allowed_methods=[s3.HttpMethods.GET],
            allowed_origins=["*"],
            exposed_headers=["Access-Control-Allow-Origin"],
        )
