import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Template

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.network.imported_network import ImportedNetwork


def test_it_provisions_nothing(stack: Stack) -> None:
    network = ImportedNetwork(
        stack,
        "Network",
        subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        security_group_ids=["sg-0a1b2c3d"],
    )
    assert network.placement.subnet_ids == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert network.placement.security_group_ids == ["sg-0a1b2c3d"]
    assert Template.from_stack(stack).to_json().get("Resources", {}) == {}


def test_all_wrong_identifiers_are_named_at_once(stack: Stack) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ImportedNetwork(stack, "Network", subnet_ids=["sub-1"], security_group_ids=["group"])
    assert refusal.value.lines == (
        "Stack/Network: subnet_ids must name at least two subnets, in two zones, got: 1",
        "Stack/Network: subnet_ids[0] must be an identifier like subnet-0a1b2c3d, got: 'sub-1'",
        "Stack/Network: security_group_ids[0] must be an identifier like sg-0a1b2c3d, got: 'group'",
    )


def test_rights_name_the_account_that_shares_the_subnets(stack: Stack) -> None:
    network = ImportedNetwork(
        stack,
        "Network",
        subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        security_group_ids=["sg-0a1b2c3d"],
        subnet_owner="210987654321",
    )
    grants = Grants()
    network.placement.grant_network_interfaces(stack, grants)
    named = {resource for statement in grants.statements() for resource in statement.resources}
    assert {resource.split(":")[4] for resource in named if ":subnet/" in resource} == {"210987654321"}
    assert all("210987654321" not in resource for resource in named if ":security-group/" in resource)


def test_an_account_has_twelve_digits(stack: Stack) -> None:
    ids = {"subnet_ids": ["subnet-0a1b2c3d", "subnet-0a1b2c3e"], "security_group_ids": ["sg-0a1b2c3d"]}
    with pytest.raises(InvalidInput, match="subnet_owner must be an account of 12 digits, got: '1'"):
        ImportedNetwork(stack, "Network", subnet_owner="1", **ids)
