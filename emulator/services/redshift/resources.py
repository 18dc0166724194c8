"""Namespaces, workgroups and snapshots: made, changed, shown and deleted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.ministack import in_process
from emulator.services.redshift.databases import Databases
from emulator.services.redshift.held import HeldWarehouses, Item, RedshiftRecords, conflict, invalid, missing, now

Request = Mapping[str, Any]

_ADMINISTRATION = (
    "adminPasswordSecretKmsKeyId",
    "adminUserPassword",
    "adminUsername",
    "manageAdminPassword",
)
_ROLES = ("defaultIamRoleArn", "iamRoles")
_HIDDEN = ("adminUserPassword", "manageAdminPassword", "redshiftIdcApplicationArn", "tags")


class RedshiftResources:
    """Answers all calls that are not about statements.

    Args:
        records: What is held.
        databases: What the namespaces hold.
    """

    def __init__(self, records: RedshiftRecords, databases: Databases) -> None:
        self._records = records
        self._databases = databases
        self.operations: Mapping[str, Callable[[Request], Item]] = {
            "CreateNamespace": self._create_namespace,
            "UpdateNamespace": self._update_namespace,
            "DeleteNamespace": self._delete_namespace,
            "GetNamespace": lambda request: {"namespace": self._here().namespace(request["namespaceName"])},
            "ListNamespaces": lambda _: {"namespaces": [*self._here().namespaces.values()]},
            "CreateWorkgroup": self._create_workgroup,
            "UpdateWorkgroup": self._update_workgroup,
            "DeleteWorkgroup": self._delete_workgroup,
            "GetWorkgroup": lambda request: {"workgroup": self._here().workgroup(request["workgroupName"])},
            "ListWorkgroups": lambda _: {"workgroups": [*self._here().workgroups.values()]},
            "CreateSnapshot": self._create_snapshot,
            "DeleteSnapshot": self._delete_snapshot,
            "GetSnapshot": lambda request: {"snapshot": self._here().snapshot(request["snapshotName"])},
            "ListSnapshots": self._list_snapshots,
            "RestoreFromSnapshot": self._restore,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": lambda request: {"tags": _listed(self._tags(request))},
        }

    def _here(self) -> HeldWarehouses:
        return self._records.here()

    def _create_namespace(self, request: Request) -> Item:
        held, name = self._here(), request["namespaceName"]
        if name in held.namespaces:
            raise conflict(f"The namespace {name} already exists.")
        identifier = str(uuid.uuid4())
        made: Item = {
            "adminUsername": "admin",
            "dbName": "dev",
            "iamRoles": [],
            "kmsKeyId": "AWS_OWNED_KMS_KEY",
            "logExports": [],
            **_shown(request),
            "creationDate": now(),
            "namespaceArn": held.arn(f"namespace/{identifier}"),
            "namespaceId": identifier,
            "status": "AVAILABLE",
        }
        _check_roles(made)
        if request.get("manageAdminPassword"):
            made["adminPasswordSecretArn"] = _secret_of(made)
        with self._records.lock:
            held.namespaces[name] = made
            held.tags[made["namespaceArn"]] = _by_key(request)
        return {"namespace": made}

    def _update_namespace(self, request: Request) -> Item:
        held = self._here()
        known = held.namespace(request["namespaceName"])
        changes = {name: value for name, value in request.items() if name != "namespaceName"}
        groups = {
            _ADMINISTRATION if each in _ADMINISTRATION else _ROLES if each in _ROLES else each for each in changes
        }
        if len(groups) > 1:
            raise invalid(
                "Amazon Redshift Serverless can't update multiple configurations at the same time for namespace"
                f" {known['namespaceName']}."
            )
        if changes.keys() & {"s3TableAction", "logDestinationType"}:
            raise invalid("The emulator writes no logs of Redshift.")
        changed = {**known, **_shown(changes)}
        _check_roles(changed)
        managed = changes.get("manageAdminPassword")
        if managed is True and "adminPasswordSecretArn" not in known:
            changed["adminPasswordSecretArn"] = _secret_of(changed)
        if managed is False:
            _delete_secret(known)
            changed.pop("adminPasswordSecretArn", None)
        with self._records.lock:
            held.namespaces[changed["namespaceName"]] = changed
        return {"namespace": changed}

    def _delete_namespace(self, request: Request) -> Item:
        held = self._here()
        known = held.namespace(request["namespaceName"])
        if self._workgroup_of(held, known["namespaceName"]):
            raise conflict(f"The namespace {known['namespaceName']} has a workgroup, which has to be deleted first.")
        if request.get("finalSnapshotName"):
            self._keep(held, known, request["finalSnapshotName"], request.get("finalSnapshotRetentionPeriod", -1))
        _delete_secret(known)
        self._databases.delete(known["namespaceId"])
        with self._records.lock:
            del held.namespaces[known["namespaceName"]]
            held.schemas.pop(known["namespaceId"], None)
            held.tags.pop(known["namespaceArn"], None)
        return {"namespace": {**known, "status": "DELETING"}}

    def _create_workgroup(self, request: Request) -> Item:
        held, name = self._here(), request["workgroupName"]
        if name in held.workgroups:
            raise conflict(f"The workgroup {name} already exists.")
        space = held.namespace(request["namespaceName"])
        other = self._workgroup_of(held, space["namespaceName"])
        if other:
            raise conflict(f"The namespace {space['namespaceName']} has the workgroup {other} already.")
        identifier = str(uuid.uuid4())
        host = f"{name}.{held.scope.account}.{held.scope.region}.redshift-serverless.amazonaws.com"
        port = request.get("port", 5439)
        made: Item = {
            "baseCapacity": 128,
            "configParameters": [],
            "enhancedVpcRouting": False,
            "publiclyAccessible": False,
            "securityGroupIds": [],
            "subnetIds": [],
            **{each: value for each, value in request.items() if each != "tags"},
            "creationDate": now(),
            "endpoint": {"address": host, "port": port, "vpcEndpoints": []},
            "port": port,
            "status": "AVAILABLE",
            "workgroupArn": held.arn(f"workgroup/{identifier}"),
            "workgroupId": identifier,
        }
        with self._records.lock:
            held.workgroups[name] = made
            held.tags[made["workgroupArn"]] = _by_key(request)
        return {"workgroup": made}

    def _update_workgroup(self, request: Request) -> Item:
        known = self._here().workgroup(request["workgroupName"])
        changes = {name: value for name, value in request.items() if name != "workgroupName"}
        if len(changes) > 1:
            raise invalid(
                f"Can't update multiple configurations at the same time for workgroup {known['workgroupName']}."
            )
        with self._records.lock:
            known.update(changes)
            known["endpoint"] = {**known["endpoint"], "port": known["port"]}
        return {"workgroup": known}

    def _delete_workgroup(self, request: Request) -> Item:
        held = self._here()
        known = held.workgroup(request["workgroupName"])
        with self._records.lock:
            del held.workgroups[known["workgroupName"]]
            held.tags.pop(known["workgroupArn"], None)
        return {"workgroup": {**known, "status": "DELETING"}}

    def _workgroup_of(self, held: HeldWarehouses, namespace: str) -> str | None:
        return next((name for name, each in held.workgroups.items() if each["namespaceName"] == namespace), None)

    def _create_snapshot(self, request: Request) -> Item:
        held = self._here()
        space = held.namespace(request["namespaceName"])
        if not self._workgroup_of(held, space["namespaceName"]):
            raise invalid("You can't create a snapshot because there isn't a workgroup created for the namespace.")
        return {"snapshot": self._keep(held, space, request["snapshotName"], request.get("retentionPeriod", -1))}

    def _keep(self, held: HeldWarehouses, space: Item, name: str, days: int) -> Item:
        if name in held.snapshots:
            raise conflict(f"The snapshot {name} already exists.")
        size = self._databases.copy(space["namespaceId"], space["dbName"], _kept(held, name))
        kept: Item = {
            "adminUsername": space["adminUsername"],
            "kmsKeyId": space["kmsKeyId"],
            "namespaceArn": space["namespaceArn"],
            "namespaceName": space["namespaceName"],
            "ownerAccount": held.scope.account,
            "snapshotArn": held.arn(f"snapshot/{uuid.uuid4()}"),
            "snapshotCreateTime": now(),
            "snapshotName": name,
            "snapshotRetentionPeriod": days,
            "status": "AVAILABLE",
            "totalBackupSizeInMegaBytes": size / 1e6,
        }
        with self._records.lock:
            held.snapshots[name] = kept
        return kept

    def _delete_snapshot(self, request: Request) -> Item:
        held = self._here()
        known = held.snapshot(request["snapshotName"])
        self._databases.forget(_kept(held, known["snapshotName"]))
        with self._records.lock:
            del held.snapshots[known["snapshotName"]]
        return {"snapshot": {**known, "status": "DELETED"}}

    def _list_snapshots(self, request: Request) -> Item:
        wanted = request.get("namespaceName")
        every = self._here().snapshots.values()
        return {"snapshots": [each for each in every if wanted in (None, each["namespaceName"])]}

    def _restore(self, request: Request) -> Item:
        held = self._here()
        space, group = held.namespace(request["namespaceName"]), held.workgroup(request["workgroupName"])
        if group["namespaceName"] != space["namespaceName"]:
            raise invalid(f"The workgroup {group['workgroupName']} is not that of {space['namespaceName']}.")
        known = held.snapshot(str(request.get("snapshotName") or ""))
        kept = _kept(held, known["snapshotName"])
        self._databases.put_back(space["namespaceId"], space["dbName"], kept)
        return {"namespace": space, "ownerAccount": held.scope.account, "snapshotName": known["snapshotName"]}

    def _tags(self, request: Request) -> dict[str, str]:
        held = self._here()
        if request["resourceArn"] not in held.tags:
            raise missing("Resource", request["resourceArn"])
        return held.tags[request["resourceArn"]]

    def _tag(self, request: Request) -> Item:
        with self._records.lock:
            self._tags(request).update(_by_key(request))
        return {}

    def _untag(self, request: Request) -> Item:
        with self._records.lock:
            for key in request["tagKeys"]:
                self._tags(request).pop(key, None)
        return {}


def _shown(request: Request) -> Item:
    """What of a request a namespace shows; a password it does not."""
    return {name: value for name, value in request.items() if name not in _HIDDEN}


def _kept(held: HeldWarehouses, snapshot: str) -> str:
    return f"{held.scope.account}-{held.scope.region}-{snapshot}"


def _check_roles(space: Request) -> None:
    default = space.get("defaultIamRoleArn")
    if default and default not in space["iamRoles"]:
        raise invalid(f"The default IAM role {default} is not among the IAM roles of the namespace.")


def _secret_of(space: Request) -> str:
    secret = json.dumps({"username": space["adminUsername"], "password": f"Aa1{uuid.uuid4().hex}"})
    name = f"redshift!{space['namespaceName']}-{space['adminUsername']}"
    return str(in_process.call("secretsmanager", "CreateSecret", {"Name": name, "SecretString": secret})["ARN"])


def _delete_secret(space: Request) -> None:
    if "adminPasswordSecretArn" in space:
        request = {"SecretId": space["adminPasswordSecretArn"], "ForceDeleteWithoutRecovery": True}
        in_process.call("secretsmanager", "DeleteSecret", request)


def _by_key(request: Request) -> dict[str, str]:
    given: Iterable[Mapping[str, str]] = request.get("tags") or ()
    return {each["key"]: each["value"] for each in given}


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
