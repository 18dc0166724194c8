"""Namespaces and workgroups of Redshift Serverless that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.data.warehouse.warehouse import Warehouse
from sagemaker_constructs.network.imported_network import ImportedNetwork

_SHOWN = "tests/emulator/services/redshift/test_redshift_serverless.py::test_what_redshift_refuses"


def _group(**members: Any) -> Request:
    return {"workgroupName": "judged", "namespaceName": "judged", **members}


def _space(**members: Any) -> Request:
    return {"namespaceName": "judged", **members}


def _subnets(count: int) -> list[str]:
    return [f"subnet-0a1b2c{number:02}" for number in range(count)]


def _made(stack: Stack, *, subnets: int = 3, **given: Any) -> None:
    network = ImportedNetwork(stack, "Network", subnet_ids=_subnets(subnets), security_group_ids=["sg-0a1b2c3d"])
    Warehouse(stack, "Warehouse", placement=network.placement, **given)


CASES = {
    "base-capacity-has-steps": RuleCase(
        refused=_group(baseCapacity=12),
        taken=_group(baseCapacity=544),
        synth=lambda stack: _made(stack, base_capacity=12),
        elsewhere=_SHOWN,
    ),
    "maximum-capacity-reaches-the-base": RuleCase(
        refused=_group(baseCapacity=16, maxCapacity=8),
        taken=_group(baseCapacity=16, maxCapacity=16),
        synth=lambda stack: _made(stack, base_capacity=64),
        elsewhere=_SHOWN,
    ),
    "workgroups-span-zones": RuleCase(
        refused=_group(enhancedVpcRouting=True, subnetIds=_subnets(2)),
        taken=_group(enhancedVpcRouting=False, subnetIds=_subnets(2)),
        synth=lambda stack: _made(stack, subnets=2),
        elsewhere=_SHOWN,
    ),
    "ports-of-workgroups-are-in-two-ranges": RuleCase(
        refused=_group(port=5456), taken=_group(port=8215), elsewhere=_SHOWN
    ),
    "managed-passwords-are-not-given": RuleCase(
        refused=_space(manageAdminPassword=True, adminUserPassword="Secret123"),
        taken=_space(manageAdminPassword=True),
        elsewhere=_SHOWN,
    ),
    "keys-of-passwords-are-for-managed-ones": RuleCase(
        refused=_space(adminPasswordSecretKmsKeyId="alias/passwords"),
        taken=_space(manageAdminPassword=True, adminPasswordSecretKmsKeyId="alias/passwords"),
        elsewhere=_SHOWN,
    ),
}
