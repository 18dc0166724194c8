"""A VPC without a way out, in which SageMaker still works."""

import ipaddress
from collections.abc import Iterator, Sequence

from aws_cdk import CfnTag, Fn, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import acknowledge_control
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, reject, unique
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.network.interface_release import InterfaceRelease
from sagemaker_constructs.network.vpc_placement import VpcPlacement

INTERFACE_SERVICES = {
    "SageMakerApi": "SAGEMAKER_API",
    "SageMakerRuntime": "SAGEMAKER_RUNTIME",
    "Ecr": "ECR",
    "EcrDocker": "ECR_DOCKER",
    "Kms": "KMS",
    "Logs": "CLOUDWATCH_LOGS",
    "Monitoring": "CLOUDWATCH_MONITORING",
    "Sts": "STS",
}
"""What containers may call besides S3, as members of ``ec2.InterfaceVpcEndpointAwsService``."""


class IsolatedNetwork(BaseConstruct):
    """Isolated subnets in ``availability_zones`` zones, without internet, and endpoints to S3 and to ``services``.

    SageMaker pulls images, and writes logs and metrics, from outside the VPC. Through it go data and artifacts in S3,
    and what the containers themselves call: name those services, of ``INTERFACE_SERVICES``, here.

    Provisions: ``AWS::EC2::VPC``, one subnet and route table per zone, a gateway endpoint for S3, one
    interface endpoint per service of ``services`` (default: none), a security group for workloads and one for these
    endpoints, flow logs in an encrypted log group (kept one year), and an ``InterfaceRelease``, with which the
    deletion waits for the interfaces of endpoints and jobs. Interface endpoints cost about 7 USD a month, each,
    per zone; nothing else here costs anything while it is idle.
    Raises ``InvalidInput`` for a range that is no /16 to /24 network, zones other than 2 to 6, and unknown services.

    ``zones`` names the zones, as many as ``availability_zones``, such as ``us-east-1b``; by default AWS lists them.
    Not every zone has every instance type and interface endpoint, and a letter is another zone in each account.

    ``placement`` is what models and jobs take.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/train-vpc.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey,
        cidr: str = "10.0.0.0/16",
        availability_zones: int = 2,
        zones: Sequence[str] = (),
        services: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                _cidr_problem(cidr),
                in_range("availability_zones", availability_zones, 2, 6),
                *zone_problems(zones, availability_zones),
                *(one_of(f"services[{index}]", name, INTERFACE_SERVICES) for index, name in enumerate(services)),
            ],
        )
        vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=[CfnTag(key="Name", value=self.path)],
        )
        acknowledge_control(
            vpc,
            "VPCDefaultSecurityGroupClosed",
            reason="Nothing here uses the default security group, and the VPC has no way in or out; "
            "closing it takes a custom resource with rights on every security group.",
        )
        chosen = list(zones) or [Fn.select(index, Fn.get_azs()) for index in range(availability_zones)]
        subnets, route_tables = self._subnets(vpc, cidr, chosen)
        self.vpc: ec2.IVpc = ec2.Vpc.from_vpc_attributes(
            self,
            "ImportedVpc",
            vpc_id=vpc.ref,
            vpc_cidr_block=cidr,
            availability_zones=chosen,
            isolated_subnet_ids=[subnet.ref for subnet in subnets],
            isolated_subnet_route_table_ids=[table.ref for table in route_tables],
        )
        self._log_flows(vpc, encryption_key)

        self.security_group: ec2.SecurityGroup = ec2.SecurityGroup(
            self,
            "Workload",
            vpc=self.vpc,
            description="Models and jobs: out to AWS endpoints, and to each other",
            allow_all_outbound=False,
        )
        # There is no route to the internet: 443 reaches the endpoints below and S3's prefix list only.
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.HTTPS, "AWS service endpoints")
        within = ec2.CfnSecurityGroupIngress(
            self,
            "WorkloadFromItself",
            group_id=self.security_group.security_group_id,
            source_security_group_id=self.security_group.security_group_id,
            ip_protocol="-1",
            description="Nodes of one distributed job",
        )
        acknowledge_control(
            within,
            "EC2RestrictedCommonPorts",
            reason="Only members of the same group: the nodes of one job choose their ports freely.",
        )
        ec2.CfnSecurityGroupEgress(
            self,
            "WorkloadToItself",
            group_id=self.security_group.security_group_id,
            destination_security_group_id=self.security_group.security_group_id,
            ip_protocol="-1",
            description="Nodes of one distributed job",
        )
        release = InterfaceRelease(self, "Release", security_groups=[self.security_group.security_group_id])
        depend(release.resource, *subnets)
        isolated = self.vpc.isolated_subnets
        self._endpoints(cidr, isolated, services)
        self.placement: VpcPlacement = VpcPlacement(subnets=isolated, security_groups=[self.security_group])

    def _subnets(
        self, vpc: ec2.CfnVPC, cidr: str, zones: list[str]
    ) -> tuple[list[ec2.CfnSubnet], list[ec2.CfnRouteTable]]:
        blocks = ipaddress.ip_network(cidr).subnets(prefixlen_diff=3)
        subnets: list[ec2.CfnSubnet] = []
        route_tables: list[ec2.CfnRouteTable] = []
        for number, (zone, block) in enumerate(zip(zones, blocks, strict=False), start=1):
            name = [CfnTag(key="Name", value=f"{self.path}/Isolated{number}")]
            subnet = ec2.CfnSubnet(
                self,
                f"Isolated{number}",
                vpc_id=vpc.ref,
                cidr_block=str(block),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags=name,
            )
            table = ec2.CfnRouteTable(self, f"Isolated{number}Routes", vpc_id=vpc.ref, tags=name)
            ec2.CfnSubnetRouteTableAssociation(
                self, f"Isolated{number}Association", route_table_id=table.ref, subnet_id=subnet.ref
            )
            subnets.append(subnet)
            route_tables.append(table)
        return subnets, route_tables

    def _endpoints(self, cidr: str, subnets: Sequence[ec2.ISubnet], services: Sequence[str]) -> None:
        chosen = ec2.SubnetSelection(subnets=list(subnets))
        ec2.GatewayVpcEndpoint(
            self,
            "S3",
            vpc=self.vpc,
            service=ec2.GatewayVpcEndpointAwsService.S3,
            subnets=[chosen],
        )
        if not services:
            return
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Interface endpoints: in from the VPC",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.HTTPS, "Workloads of this VPC")
        for name in dict.fromkeys(services):
            ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=self.vpc,
                service=getattr(ec2.InterfaceVpcEndpointAwsService, INTERFACE_SERVICES[name]),
                subnets=chosen,
                security_groups=[group],
                open=False,
            )

    def _log_flows(self, vpc: ec2.CfnVPC, encryption_key: kms.IKey) -> None:
        group = logs.LogGroup(
            self,
            "FlowLogs",
            encryption_key=encryption_key,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            self,
            "FlowLogsRole",
            description="Delivers VPC flow logs",
            assumed_by=service_principal("vpc-flow-logs.amazonaws.com"),
        )
        acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy belongs to this one role and log group.")
        group.grant(role, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=vpc.ref,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )


def zone_problems(zones: Sequence[str], count: int) -> Iterator[Problem | None]:
    """What is wrong with the names of ``count`` availability zones; none are fine."""
    known = not any(is_token(each) for each in (count, *zones))
    if zones and known and len(zones) != count:
        yield Problem("zones", f"must be as many as availability_zones, {count}, got: {len(zones)}")
    named = {f"zones[{index}]": zone for index, zone in enumerate(zones)}
    for path, zone in named.items():
        yield matches(path, zone, r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]", "the name of a zone, such as us-east-1b")
    yield from unique(named)


def _cidr_problem(cidr: str) -> Problem | None:
    rule = Problem("cidr", f"must be an IPv4 network between /16 and /24, such as 10.0.0.0/16, got: {cidr!r}")
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        return rule
    return None if 16 <= network.prefixlen <= 24 else rule
