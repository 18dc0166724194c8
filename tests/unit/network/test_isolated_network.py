import pytest
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.network.isolated_network import INTERFACE_SERVICES, IsolatedNetwork


def test_there_is_no_way_to_the_internet(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key)
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::InternetGateway", 0)
    template.resource_count_is("AWS::EC2::NatGateway", 0)
    template.resource_count_is("AWS::EC2::Route", 0)
    template.all_resources_properties("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": False})


def test_only_s3_has_an_endpoint_unless_containers_call_more(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key)
    template = Template.from_stack(stack)
    [endpoint] = template.find_resources("AWS::EC2::VPCEndpoint").values()
    assert endpoint["Properties"]["VpcEndpointType"] == "Gateway"
    template.resource_count_is("AWS::EC2::SecurityGroup", 1)


def test_every_service_in_use_has_an_endpoint_in_every_zone(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key, availability_zones=3, services=list(INTERFACE_SERVICES))
    template = Template.from_stack(stack)
    endpoints = template.find_resources("AWS::EC2::VPCEndpoint").values()
    interfaces = [e["Properties"] for e in endpoints if e["Properties"]["VpcEndpointType"] == "Interface"]
    template.resource_count_is("AWS::EC2::Subnet", 3)
    assert len(interfaces) == len(INTERFACE_SERVICES)
    assert all(len(properties["SubnetIds"]) == 3 for properties in interfaces)
    assert all(properties["PrivateDnsEnabled"] for properties in interfaces)


def test_subnets_divide_the_range_without_overlap(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key, cidr="10.9.0.0/20")
    subnets = Template.from_stack(stack).find_resources("AWS::EC2::Subnet").values()
    assert sorted(subnet["Properties"]["CidrBlock"] for subnet in subnets) == ["10.9.0.0/23", "10.9.2.0/23"]


def test_the_placement_spans_all_subnets(stack: Stack, key: kms.IKey) -> None:
    network = IsolatedNetwork(stack, "Network", encryption_key=key)
    assert len(network.placement.subnet_ids) == 2
    assert len(network.placement.security_group_ids) == 1


def test_flows_are_logged_and_encrypted(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Network", encryption_key=key)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::EC2::FlowLog", {"TrafficType": "ALL"})
    template.has_resource_properties(
        "AWS::Logs::LogGroup", {"RetentionInDays": 365, "KmsKeyId": stack.resolve(key.key_arn)}
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            {"services": ["Kms", "Sqs"]},
            "services[1] must be a known value, got: 'Sqs'; did you mean Sts?",
        ),
        (
            {"cidr": "10.0.0.0/8"},
            "cidr must be an IPv4 network between /16 and /24, such as 10.0.0.0/16, got: '10.0.0.0/8'",
        ),
        (
            {"cidr": "nonsense"},
            "cidr must be an IPv4 network between /16 and /24, such as 10.0.0.0/16, got: 'nonsense'",
        ),
        ({"availability_zones": 1}, "availability_zones must be between 2 and 6, got: 1"),
        ({"zones": ["us-east-1a"]}, "zones must be as many as availability_zones, 2, got: 1"),
        ({"zones": ["us-east-1b", "us-east-1b"]}, "zones[1] must be unique, got twice: us-east-1b"),
        (
            {"zones": ["us-east-1b", "use1-az1"]},
            "zones[1] must be the name of a zone, such as us-east-1b, got: 'use1-az1'",
        ),
    ],
)
def test_refusals(stack: Stack, key: kms.IKey, arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        IsolatedNetwork(stack, "Network", encryption_key=key, **arguments)  # pyright: ignore[reportArgumentType]
    assert refusal.value.lines == (f"Stack/Network: {problem}",)


def test_zones_are_named_or_those_that_aws_lists(stack: Stack, key: kms.IKey) -> None:
    IsolatedNetwork(stack, "Listed", encryption_key=key)
    IsolatedNetwork(stack, "Named", encryption_key=key, zones=["us-east-1c", "us-east-1f"])
    subnets = Template.from_stack(stack).find_resources("AWS::EC2::Subnet").items()
    zones = {name: subnet["Properties"]["AvailabilityZone"] for name, subnet in subnets}
    assert sorted(zone for name, zone in zones.items() if name.startswith("Named")) == ["us-east-1c", "us-east-1f"]
    assert [zone["Fn::Select"][0] for name, zone in zones.items() if name.startswith("Listed")] == [0, 1]


def test_what_the_cdk_takes_is_there_when_it_is_asked_for(stack: Stack, key: kms.IKey) -> None:
    network = IsolatedNetwork(stack, "Network", encryption_key=key)
    network.security_group.add_ingress_rule(ec2.Peer.ipv4("10.1.0.0/16"), ec2.Port.tcp(5432))
    network.security_group.add_egress_rule(ec2.Peer.ipv4("10.1.0.0/16"), ec2.Port.tcp(5432))
    assert len(network.vpc.isolated_subnets) == 2
    template = Template.from_stack(stack)
    [group] = template.find_resources("AWS::EC2::SecurityGroup")
    for kind in ("Ingress", "Egress"):
        template.has_resource_properties(
            f"AWS::EC2::SecurityGroup{kind}",
            {"CidrIp": "10.1.0.0/16", "FromPort": 5432, "GroupId": {"Fn::GetAtt": [group, "GroupId"]}},
        )
