"""Properties of `AWS::S3::Bucket` that MiniStack leaves out, applied through its own S3 API."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import in_process
from emulator.ministack.stack_hooks import cloudformation, resource_handlers, run_on_worker_thread
from emulator.shapes.errors import ServiceError
from emulator.shapes.template_values import api_tags

COVERAGE = (
    Coverage(
        "S3",
        real="objects; a bucket's tags, encryption settings, lifecycle, logging and ownership settings, public"
        " access block, versioning, policy",
        recorded="effects of those settings: nothing is encrypted, expired or logged",
        refused="deleting a bucket that holds objects",
    ),
)


logger = logging.getLogger("emulator.cloudformation")

Properties = dict[str, Any]

_TYPE = "AWS::S3::Bucket"
_APPLIED_BY_MINISTACK = {
    "BucketName",
    "VersioningConfiguration",
    "NotificationConfiguration",
    "CorsConfiguration",
    "PublicAccessBlockConfiguration",
    "WebsiteConfiguration",
}


def _tagging(tags: Any) -> Properties:
    return {"Tagging": {"TagSet": api_tags(tags)}}


def _encryption(given: Any) -> Properties:
    rules: list[Properties] = []
    for rule in given["ServerSideEncryptionConfiguration"]:
        default = rule["ServerSideEncryptionByDefault"]
        # MiniStack takes `aws:kms` only with a key. The AWS-managed key is then S3's own.
        if default["SSEAlgorithm"] != "AES256" and "KMSMasterKeyID" not in default:
            default = {"SSEAlgorithm": "AES256"}
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": default,
                "BucketKeyEnabled": str(rule.get("BucketKeyEnabled", False)).lower() == "true",
            }
        )
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle_rule(rule: Mapping[str, Any]) -> Properties:
    made: Properties = {"Status": rule["Status"], "Filter": _lifecycle_filter(rule)}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    expiration = {
        name: rule[given]
        for given, name in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if given in rule
    }
    if expiration:
        made["Expiration"] = _numbers(expiration)
    if "NoncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = _numbers(rule["NoncurrentVersionExpiration"])
    elif "NoncurrentVersionExpirationInDays" in rule:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(rule["NoncurrentVersionExpirationInDays"])}
    transitions = rule.get("Transitions") or ([rule["Transition"]] if "Transition" in rule else [])
    if transitions:
        made["Transitions"] = [
            _numbers({"StorageClass": one["StorageClass"], "Days": one["TransitionInDays"]})
            for one in transitions
            if "TransitionInDays" in one
        ]
    if "NoncurrentVersionTransitions" in rule:
        made["NoncurrentVersionTransitions"] = [
            _numbers({"StorageClass": one["StorageClass"], "NoncurrentDays": one["TransitionInDays"]})
            for one in rule["NoncurrentVersionTransitions"]
        ]
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = _numbers(rule["AbortIncompleteMultipartUpload"])
    return made


def _lifecycle_filter(rule: Mapping[str, Any]) -> Properties:
    conditions: Properties = {"Prefix": rule["Prefix"]} if "Prefix" in rule else {}
    if rule.get("TagFilters"):
        conditions["Tags"] = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in rule["TagFilters"]]
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            conditions[name] = int(rule[name])
    if len(conditions) > 1 or len(conditions.get("Tags", [])) > 1:
        return {"And": conditions}
    if "Tags" in conditions:
        return {"Tag": conditions["Tags"][0]}
    return conditions or {"Prefix": ""}


def _numbers(values: Mapping[str, Any]) -> Properties:
    return {name: int(value) if str(value).isdigit() else value for name, value in values.items()}


def _logging(given: Any) -> Properties:
    if "DestinationBucketName" not in given:
        return {"BucketLoggingStatus": {}}
    return {
        "BucketLoggingStatus": {
            "LoggingEnabled": {
                "TargetBucket": given["DestinationBucketName"],
                "TargetPrefix": given.get("LogFilePrefix", ""),
            }
        }
    }


@dataclass(frozen=True)
class _Property:
    put: str
    request: Callable[[Any], Properties]
    delete: str = ""


_PROPERTIES: Mapping[str, _Property] = {
    "Tags": _Property("PutBucketTagging", _tagging, "DeleteBucketTagging"),
    "BucketEncryption": _Property("PutBucketEncryption", _encryption, "DeleteBucketEncryption"),
    "LifecycleConfiguration": _Property(
        "PutBucketLifecycleConfiguration",
        lambda given: {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in given["Rules"]]}},
        "DeleteBucketLifecycle",
    ),
    "LoggingConfiguration": _Property("PutBucketLogging", _logging),
    "OwnershipControls": _Property(
        "PutBucketOwnershipControls",
        lambda given: {"OwnershipControls": {"Rules": given["Rules"]}},
        "DeleteBucketOwnershipControls",
    ),
}


def _apply(bucket: str, properties: Properties, old: Properties) -> None:
    for name, rule in _PROPERTIES.items():
        if properties.get(name) and properties.get(name) != old.get(name):
            in_process.call("s3", rule.put, {"Bucket": bucket, **rule.request(properties[name])})
        elif not properties.get(name) and old.get(name) and rule.delete:
            in_process.call("s3", rule.delete, {"Bucket": bucket})
        elif not properties.get(name) and old.get(name):
            in_process.call("s3", rule.put, {"Bucket": bucket, **rule.request({})})
    unknown = sorted(set(properties) - set(_PROPERTIES) - _APPLIED_BY_MINISTACK)
    if unknown:
        logger.warning("bucket %s: %s kept in the template only", bucket, unknown)


def _delete(physical_id: str, properties: Properties) -> None:
    """Delete as S3 does: a bucket that still holds objects is refused."""
    del properties
    try:
        in_process.call("s3", "DeleteBucket", {"Bucket": physical_id})
    except ServiceError as error:
        if error.code != "NoSuchBucket":
            raise


def add_bucket_properties() -> None:
    """Complete MiniStack's handlers of the type."""
    handlers = resource_handlers(_TYPE)
    create, update = handlers["create"], handlers["update"]

    def created(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        result = create(logical_id, properties, stack_name)
        try:
            _apply(result[0], properties, {})
        except ServiceError:
            _delete(result[0], properties)
            raise
        return result

    def updated(physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        result = update(physical_id, old, new, stack_name)
        _apply(result[0], new, old if result[0] == physical_id else {})
        return result

    handlers.update(create=created, update=updated, delete=_delete)
    cloudformation("provisioners")._STACK_TAG_PROPERTY[_TYPE] = ("Tags", "list")
    run_on_worker_thread([_TYPE])
