"""Which data a deployment takes away, leaves behind or stops protecting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.templates.intrinsics import is_list, is_structure
from sagemaker_constructs.plan.changes import ChangeAction, ResourceChange
from sagemaker_constructs.plan.comparison import RETAINED

HOLDS: Mapping[str, str] = {
    "AWS::Cognito::UserPool": "people and their passwords",
    "AWS::DynamoDB::GlobalTable": "items",
    "AWS::DynamoDB::Table": "items",
    "AWS::ECR::Repository": "images",
    "AWS::EFS::FileSystem": "files",
    "AWS::KMS::Key": "all that is encrypted with it",
    "AWS::Kinesis::Stream": "records that nobody has read yet",
    "AWS::Logs::LogGroup": "log lines",
    "AWS::RDS::DBCluster": "databases",
    "AWS::RDS::DBInstance": "databases",
    "AWS::RedshiftServerless::Namespace": "databases",
    "AWS::S3::Bucket": "objects",
    "AWS::SQS::Queue": "messages that nobody has read yet",
    "AWS::SageMaker::Cluster": "volumes",
    "AWS::SageMaker::Domain": "homes of people",
    "AWS::SageMaker::FeatureGroup": "features of the online store",
    "AWS::SageMaker::MlflowApp": "runs and models",
    "AWS::SageMaker::MlflowTrackingServer": "runs and models",
    "AWS::SageMaker::ModelPackageGroup": "versions of models",
    "AWS::SageMaker::NotebookInstance": "the volume with notebooks",
    "AWS::SageMaker::Space": "the volume with notebooks",
    "AWS::SageMaker::UserProfile": "the home of a person",
    "AWS::SecretsManager::Secret": "the secret",
}
"""What is in the resources of a type that nothing can make again."""

_SNAPSHOTS = (*RETAINED, "Snapshot")


@dataclass(frozen=True)
class DataRisk:
    """Data of a resource that is at risk.

    ``kind`` is ``lost``, ``left behind`` in a resource that is no longer used, ``expires`` sooner, or ``unprotected``
    against a later deployment. ``certain`` is false where only the deployment has the values that decide.
    """

    stack: str
    logical_id: str
    type: str
    kind: str
    message: str
    certain: bool = True

    @property
    def is_replacement(self) -> bool:
        """Whether the resource of the data goes, or another takes its place."""
        return self.kind in ("lost", "left behind")


def data_risks(changes: Sequence[ResourceChange]) -> tuple[DataRisk, ...]:
    """The data at risk of ``changes``."""
    return tuple(risk for change in changes for risk in _risks(change))


def _risks(change: ResourceChange) -> Iterator[DataRisk]:
    held = HOLDS.get(change.type)
    if held is None or change.old is None:
        return
    match change.action:
        case ChangeAction.REPLACE | ChangeAction.MAY_REPLACE:
            kept = all(
                each.get("UpdateReplacePolicy", "Delete") in _SNAPSHOTS for each in (change.old, change.new or {})
            )
            reasons = ", ".join(map(str, change.reasons))
            certain = change.action is ChangeAction.REPLACE
            if kept:
                yield _risk(change, "left behind", f"replaced for {reasons}: {held} stay in the old one", certain)
            else:
                yield _risk(change, "lost", f"replaced for {reasons}: {held} go with the old one", certain)
        case ChangeAction.DELETE:
            if change.old.get("DeletionPolicy") == "Snapshot":
                yield _risk(change, "left behind", f"deleted: {held} stay in a snapshot")
            else:
                yield _risk(change, "lost", f"deleted: {held} go with it")
        case ChangeAction.KEEP:
            yield _risk(change, "left behind", f"leaves the stack: {held} stay, and nothing refers to them")
        case _:
            yield from _unprotected(change)
            yield from _expiring(change)


def _unprotected(change: ResourceChange) -> Iterator[DataRisk]:
    old, new = change.old or {}, change.new or {}
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        before, after = old.get(policy, "Delete"), new.get(policy, "Delete")
        if before in _SNAPSHOTS and after not in _SNAPSHOTS:
            yield _risk(change, "unprotected", f"{policy} becomes {after}: the next deletion takes the data along")
    before, after = change.properties_before, change.properties_after
    for switch in ("DeletionProtectionEnabled", "DeletionProtection"):
        if _is_on(before.get(switch)) and not _is_on(after.get(switch)):
            yield _risk(change, "unprotected", f"{switch} is taken away")
    if _status(before) == "Enabled" and _status(after) != "Enabled":
        yield _risk(change, "unprotected", "versioning is suspended: what is overwritten is gone")


def _is_on(value: Any) -> bool:
    return str(value).lower() in ("true", "active")


def _status(properties: Mapping[str, Any]) -> str:
    versioning: Mapping[str, Any] = properties.get("VersioningConfiguration") or {}
    return str(versioning.get("Status"))


def _expiring(change: ResourceChange) -> Iterator[DataRisk]:
    before, after = change.properties_before, change.properties_after
    if change.type == "AWS::Logs::LogGroup":
        days = [_number(each.get("RetentionInDays")) for each in (before, after)]
        if days[1] is not None and (days[0] is None or days[1] < days[0]):
            yield _risk(change, "expires", f"log lines older than {days[1]} days are deleted")
    if change.type == "AWS::S3::Bucket":
        for rule, new in _expirations(after).items():
            old = _expirations(before).get(rule)
            if old is None or new < old:
                yield _risk(change, "expires", f"objects of the lifecycle rule {rule} are deleted after {new} days")
    images = after.get("LifecyclePolicy")
    if change.type == "AWS::ECR::Repository" and images and images != before.get("LifecyclePolicy"):
        yield _risk(change, "expires", "other images than before expire by its lifecycle policy")


def _expirations(properties: Mapping[str, Any]) -> Mapping[str, int]:
    """Days after which objects expire, or noncurrent ones, by rule and prefix."""
    configuration: Mapping[str, Any] = properties.get("LifecycleConfiguration") or {}
    listed = configuration.get("Rules")
    found: dict[str, int] = {}
    for rule in listed if is_list(listed) else ():
        if not is_structure(rule) or rule.get("Status") == "Disabled":
            continue
        name = str(rule.get("Id") or rule.get("Prefix") or "all objects")
        versions: Mapping[str, Any] = rule.get("NoncurrentVersionExpiration") or {}
        for what, days in (("", rule.get("ExpirationInDays")), (" (versions)", versions.get("NoncurrentDays"))):
            number = _number(days)
            if number is not None:
                found[name + what] = number
    return found


def _number(value: Any) -> int | None:
    return int(str(value)) if str(value).isdigit() else None


def _risk(change: ResourceChange, kind: str, message: str, certain: bool = True) -> DataRisk:
    return DataRisk(change.stack, change.logical_id, change.type, kind, message, certain)
