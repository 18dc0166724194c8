"""Resource types that MiniStack's CloudFormation lacks although its API has the calls: a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath  # pyright: ignore[reportMissingTypeStubs]

from emulator.ministack import in_process
from emulator.ministack.stack_hooks import add_resource_type, run_on_worker_thread
from emulator.shapes.service_model import service_model
from emulator.shapes.template_values import api_tags, fitted, generated_name

Properties = dict[str, Any]


@dataclass(frozen=True)
class MappedType:
    """One type, mapped on two API calls.

    Args:
        service: botocore's name of the service.
        create: Operation that creates it.
        identifier: JMESPath of the physical id within the answer, or within the request after `request.`.
        delete: Operation that deletes it.
        delete_request: Input of the deletion, from physical id and properties.
        request: Input of the creation, from the properties; default: those that are members of its input.
        attributes: JMESPath of each `Fn::GetAtt` attribute, likewise.
        replacing: Properties whose change replaces the resource; other changes call `create` again.
        name: Property that gets a generated name when missing.
    """

    service: str
    create: str
    identifier: str
    delete: str
    delete_request: Callable[[str, Properties], Properties]
    request: Callable[[Properties], Properties] = dict
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    replacing: tuple[str, ...] = ()
    name: str = ""


def _permissions(properties: Properties) -> Properties:
    described = {"Description": properties["Description"]} if "Description" in properties else {}
    permission: Properties = {
        name: properties[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in properties
    }
    groups = properties.get("SourceSecurityGroupId") or properties.get("DestinationSecurityGroupId")
    prefixes = properties.get("SourcePrefixListId") or properties.get("DestinationPrefixListId")
    if groups:
        permission["UserIdGroupPairs"] = [{"GroupId": groups, **described}]
    if prefixes:
        permission["PrefixListIds"] = [{"PrefixListId": prefixes, **described}]
    if "CidrIp" in properties:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"], **described}]
    if "CidrIpv6" in properties:
        permission["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"], **described}]
    return {"GroupId": properties["GroupId"], "IpPermissions": [permission]}


def _tags(kind: str, properties: Properties) -> Properties:
    tags = api_tags(properties.get("Tags"))
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]} if tags else {}


def _flow_log(properties: Properties) -> Properties:
    return {**properties, "ResourceIds": [properties["ResourceId"]], **_tags("vpc-flow-log", properties)}


def _rule(direction: str) -> MappedType:
    return MappedType(
        service="ec2",
        create=f"AuthorizeSecurityGroup{direction}",
        identifier="SecurityGroupRules[0].SecurityGroupRuleId",
        request=_permissions,
        delete=f"RevokeSecurityGroup{direction}",
        delete_request=lambda _id, properties: _permissions(properties),
        attributes={"Id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        replacing=(
            "CidrIp",
            "CidrIpv6",
            "FromPort",
            "GroupId",
            "IpProtocol",
            "SourceSecurityGroupId",
            "ToPort",
            "SourcePrefixListId",
            "DestinationPrefixListId",
            "DestinationSecurityGroupId",
            "Description",
        ),
    )


TYPES: Mapping[str, MappedType] = {
    "AWS::Athena::NamedQuery": MappedType(
        service="athena",
        create="CreateNamedQuery",
        identifier="NamedQueryId",
        delete="DeleteNamedQuery",
        delete_request=lambda id_, _properties: {"NamedQueryId": id_},
        attributes={"NamedQueryId": "NamedQueryId"},
        replacing=("Database", "Description", "Name", "QueryString", "WorkGroup"),
    ),
    "AWS::CloudWatch::CompositeAlarm": MappedType(
        service="cloudwatch",
        create="PutCompositeAlarm",
        identifier="request.AlarmName",
        name="AlarmName",
        delete="DeleteAlarms",
        delete_request=lambda name, _properties: {"AlarmNames": [name]},
        replacing=("AlarmName",),
    ),
    "AWS::EC2::EIP": MappedType(
        service="ec2",
        create="AllocateAddress",
        identifier="PublicIp",
        request=lambda properties: {"Domain": "vpc", **_tags("elastic-ip", properties)},
        delete="ReleaseAddress",
        delete_request=lambda address, _properties: _address(address),
        attributes={"AllocationId": "AllocationId", "PublicIp": "PublicIp"},
        replacing=("Domain",),
    ),
    "AWS::EC2::FlowLog": MappedType(
        service="ec2",
        create="CreateFlowLogs",
        identifier="FlowLogIds[0]",
        request=_flow_log,
        delete="DeleteFlowLogs",
        delete_request=lambda id_, _properties: {"FlowLogIds": [id_]},
        attributes={"Id": "FlowLogIds[0]"},
        replacing=(
            "DeliverLogsPermissionArn",
            "LogDestination",
            "LogDestinationType",
            "LogFormat",
            "LogGroupName",
            "MaxAggregationInterval",
            "ResourceId",
            "ResourceType",
            "TrafficType",
        ),
    ),
    "AWS::EC2::NatGateway": MappedType(
        service="ec2",
        create="CreateNatGateway",
        identifier="NatGateway.NatGatewayId",
        request=lambda properties: {**properties, **_tags("natgateway", properties)},
        delete="DeleteNatGateway",
        delete_request=lambda id_, _properties: {"NatGatewayId": id_},
        attributes={"NatGatewayId": "NatGateway.NatGatewayId"},
        replacing=("AllocationId", "ConnectivityType", "SubnetId"),
    ),
    "AWS::EC2::SecurityGroupEgress": _rule("Egress"),
    "AWS::EC2::SecurityGroupIngress": _rule("Ingress"),
    "AWS::Glue::SecurityConfiguration": MappedType(
        service="glue",
        create="CreateSecurityConfiguration",
        identifier="Name",
        delete="DeleteSecurityConfiguration",
        delete_request=lambda name, _properties: {"Name": name},
        replacing=("EncryptionConfiguration", "Name"),
    ),
    "AWS::IAM::OIDCProvider": MappedType(
        service="iam",
        create="CreateOpenIDConnectProvider",
        identifier="OpenIDConnectProviderArn",
        request=lambda properties: {**properties, "ClientIDList": properties.get("ClientIdList", [])},
        delete="DeleteOpenIDConnectProvider",
        delete_request=lambda arn, _properties: {"OpenIDConnectProviderArn": arn},
        attributes={"Arn": "OpenIDConnectProviderArn"},
        replacing=("ClientIdList", "ThumbprintList", "Url"),
    ),
    "AWS::WAFv2::WebACLAssociation": MappedType(
        service="wafv2",
        create="AssociateWebACL",
        identifier="join('|', [request.WebACLArn, request.ResourceArn])",
        delete="DisassociateWebACL",
        delete_request=lambda _id, properties: {"ResourceArn": properties["ResourceArn"]},
        replacing=("ResourceArn", "WebACLArn"),
    ),
}
"""The types, by name."""


def _address(address: str) -> Properties:
    found = in_process.call("ec2", "DescribeAddresses", {"PublicIps": [address]})["Addresses"]
    return {"AllocationId": found[0]["AllocationId"]}


class _Handlers:
    def __init__(self, type_: MappedType) -> None:
        self._type = type_

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        named = self._type.name
        if named and named not in properties:
            properties = {**properties, named: generated_name(stack_name, logical_id)}
        return self._put(properties)

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        del old, stack_name
        if not self._type.name:
            # Nothing but tags is left that does not replace the resource, and tags are in the template.
            same = {
                name: physical_id for name, path in self._type.attributes.items() if path == self._type.identifier
            }
            return physical_id, {**same, **(_address(physical_id) if "AllocationId" in self._type.attributes else {})}
        return self._put({**new, self._type.name: physical_id})

    def delete(self, physical_id: str, properties: Properties) -> None:
        in_process.call(self._type.service, self._type.delete, self._type.delete_request(physical_id, properties))

    def _put(self, properties: Properties) -> tuple[str, Properties]:
        shape = service_model(self._type.service).operation_model(self._type.create).input_shape
        request: Properties = fitted(shape, self._type.request(properties)) if shape else {}
        request.pop("Tags", None)
        answer = {**in_process.call(self._type.service, self._type.create, request), "request": request}
        search: Any = jmespath.search  # pyright: ignore[reportUnknownMemberType]
        attributes = {name: search(path, answer) for name, path in self._type.attributes.items()}
        return str(search(self._type.identifier, answer)), attributes


def add_mapped_types() -> None:
    """Register every type of the table."""
    for name, type_ in TYPES.items():
        handlers = _Handlers(type_)
        add_resource_type(
            name,
            {"create": handlers.create, "update": handlers.update, "delete": handlers.delete},
            replacing=type_.replacing,
        )
    run_on_worker_thread(list(TYPES))
