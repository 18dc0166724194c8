"""`AWS::RedshiftServerless::Namespace` and `Workgroup`, mapped onto the emulated API."""

from __future__ import annotations

from typing import Any, cast

from emulator.coverage import Coverage
from emulator.ministack.stack_hooks import add_resource_type, run_on_worker_thread
from emulator.services.redshift.service import RedshiftServerless
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import api_names, fitted

COVERAGE = (
    Coverage(
        "CloudFormation of Redshift Serverless",
        real="namespaces and workgroups, changed one configuration after the other; the last snapshot of a namespace"
        " that is deleted",
        recorded="a change of `DbName`, which has no effect in AWS either",
        refused="snapshots, restoring, resource policies and copies of snapshots",
    ),
)

Properties = dict[str, Any]

_TOGETHER = (
    ("AdminUsername", "AdminUserPassword", "ManageAdminPassword", "AdminPasswordSecretKmsKeyId"),
    ("IamRoles", "DefaultIamRoleArn"),
)
_UNSUPPORTED = (
    "NamespaceResourcePolicy",
    "RecoveryPointId",
    "SnapshotArn",
    "SnapshotCopyConfigurations",
    "SnapshotName",
)


class _Type:
    """One of the two.

    Args:
        redshift: The API.
        kind: `Namespace` or `Workgroup`.
    """

    def __init__(self, redshift: RedshiftServerless, kind: str) -> None:
        self._redshift = redshift
        self._kind = kind
        self._name = f"{kind.lower()}Name"

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create a resource; its name and attributes."""
        del logical_id, stack_name
        return self._made("Create", self._request("Create", properties))

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Change what differs, one request for each configuration, as the API takes them."""
        del stack_name
        known = self._redshift.call(f"Get{self._kind}", {self._name: physical_id})
        before, after = self._request("Update", old), self._request("Update", new)
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        for group in self._groups(changed):
            known = self._redshift.call(f"Update{self._kind}", {self._name: physical_id, **group})
        self._retag(known[self._kind.lower()][f"{self._kind.lower()}Arn"], new)
        return physical_id, self._attributes(known)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete a resource; a namespace after its last snapshot."""
        last = {
            "finalSnapshotName": properties.get("FinalSnapshotName"),
            "finalSnapshotRetentionPeriod": properties.get("FinalSnapshotRetentionPeriod"),
        }
        given = last if self._kind == "Namespace" and last["finalSnapshotName"] else {}
        shape = service_model("redshift-serverless").operation_model(f"Delete{self._kind}").input_shape
        if shape:
            request = fitted(shape, {self._name: physical_id, **given})
            try:
                self._redshift.call(f"Delete{self._kind}", request)
            except ServiceError as error:
                if error.code != "ResourceNotFoundException":
                    raise

    def _groups(self, changed: Properties) -> list[Properties]:
        groups: dict[str, Properties] = {}
        for name, value in changed.items():
            capital = name[0].upper() + name[1:]
            key = next((group[0] for group in _TOGETHER if capital in group), name)
            groups.setdefault(key, {})[name] = value
        return list(groups.values())

    def _made(self, verb: str, request: Properties) -> tuple[str, Properties]:
        known = self._redshift.call(f"{verb}{self._kind}", request)
        return request[self._name], self._attributes(known)

    def _request(self, verb: str, properties: Properties) -> Properties:
        given = [name for name in _UNSUPPORTED if properties.get(name)]
        if given:
            raise ServiceError("ValidationException", f"The emulator does not support {', '.join(given)}.")
        shape = service_model("redshift-serverless").operation_model(f"{verb}{self._kind}").input_shape
        if shape is None:
            raise ServiceError("ValidationException", f"{verb}{self._kind} takes no input")
        request: Properties = fitted(shape, api_names(shape, properties))
        return request if verb == "Create" else {k: v for k, v in request.items() if k not in (self._name, "tags")}

    def _retag(self, arn: str, properties: Properties) -> None:
        wanted = {str(each["Key"]): str(each["Value"]) for each in properties.get("Tags") or ()}
        kept = self._redshift.call("ListTagsForResource", {"resourceArn": arn})["tags"]
        gone = [each["key"] for each in kept if each["key"] not in wanted]
        if gone:
            self._redshift.call("UntagResource", {"resourceArn": arn, "tagKeys": gone})
        tags = [{"key": key, "value": value} for key, value in wanted.items()]
        self._redshift.call("TagResource", {"resourceArn": arn, "tags": tags})

    def _attributes(self, answer: Properties) -> Properties:
        """Such as `Workgroup.Endpoint.Address`."""
        return {f"{self._kind}.{path}": value for path, value in _flat(answer[self._kind.lower()])}


def _flat(members: Properties) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in members.items():
        path = name[0].upper() + name[1:]
        if isinstance(value, dict):
            found += [(f"{path}.{below}", item) for below, item in _flat(cast(Properties, value))]
        else:
            found.append((path, value))
    return found


def add_redshift_types(redshift: RedshiftServerless) -> None:
    """Register the types."""
    replacing = {"Namespace": ("NamespaceName",), "Workgroup": ("NamespaceName", "WorkgroupName")}
    for kind, names in replacing.items():
        type_ = _Type(redshift, kind)
        handlers = {"create": type_.create, "update": type_.update, "delete": type_.delete}
        add_resource_type(f"AWS::RedshiftServerless::{kind}", handlers, replacing=names, tags=("Tags", "list"))
    # A password is a secret of another service, which is called.
    run_on_worker_thread([f"AWS::RedshiftServerless::{kind}" for kind in replacing])
