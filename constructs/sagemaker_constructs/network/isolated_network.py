"""A VPC without a way out, in which SageMaker still works."""

import ipaddress
from collections.abc import Iterator, Sequence
from functools import cached_property

from aws_cdk import CfnTag, Fn, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import acknowledge_control
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.places import region
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, reject, unique
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.network.interface_release import InterfaceRelease
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.object_access import key_arn

INTERFACE_SERVICES = {
    "SageMakerApi": "SAGEMAKER_API",
    "SageMakerExperiments": "SAGEMAKER_EXPERIMENTS",
    "SageMakerRuntime": "SAGEMAKER_RUNTIME",
    "Ecr": "ECR",
    "EcrDocker": "ECR_DOCKER",
    "Ecs": "ECS",
    "EcsAgent": "ECS_AGENT",
    "EcsTelemetry": "ECS_TELEMETRY",
    "Glue": "GLUE",
    "Kms": "KMS",
    "Logs": "CLOUDWATCH_LOGS",
    "Monitoring": "CLOUDWATCH_MONITORING",
    "SecretsManager": "SECRETS_MANAGER",
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
        self._cidr = cidr
        self.vpc_id: str = vpc.ref
        self._zones = list(zones) or [Fn.select(index, Fn.get_azs()) for index in range(availability_zones)]
        subnets, self._route_table_ids = self._subnets()
        self._subnet_ids: list[str] = [subnet.ref for subnet in subnets]
        self._log_flows(encryption_key)
        group = self._workload_group()
        self._group_id: str = group.attr_group_id
        self._let_workloads_talk(self._group_id)
        release = InterfaceRelease(self, "Release", security_groups=[self._group_id])
        depend(release.resource, *subnets)
        ec2.CfnVPCEndpoint(
            BaseConstruct(self, "S3"),
            "Resource",
            service_name=f"com.amazonaws.{region()}.s3",
            route_table_ids=self._route_table_ids,
            vpc_endpoint_type="Gateway",
            vpc_id=self.vpc_id,
        )
        if services:
            self._endpoints(services)
        self.placement: VpcPlacement = VpcPlacement(
            subnets=subnets, security_groups=[group], services=tuple(services)
        )

    @cached_property
    def vpc(self) -> ec2.IVpc:
        """The VPC as the CDK takes it."""
        return ec2.Vpc.from_vpc_attributes(
            self,
            "ImportedVpc",
            vpc_id=self.vpc_id,
            vpc_cidr_block=self._cidr,
            availability_zones=self._zones,
            isolated_subnet_ids=self._subnet_ids,
            isolated_subnet_route_table_ids=self._route_table_ids,
        )

    @cached_property
    def security_group(self) -> ec2.ISecurityGroup:
        """The security group of models and jobs as the CDK takes it, for further rules."""
        return ec2.SecurityGroup.from_security_group_id(
            self, "ImportedWorkload", self._group_id, allow_all_outbound=False
        )

    def _workload_group(self) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            BaseConstruct(self, "Workload"),
            "Resource",
            group_description="Models and jobs: out to AWS endpoints, and to each other",
            # There is no route to the internet: 443 reaches the endpoints below and S3's prefix list only.
            security_group_egress=[
                {
                    "cidrIp": "0.0.0.0/0",
                    "description": "AWS service endpoints",
                    "fromPort": 443,
                    "ipProtocol": "tcp",
                    "toPort": 443,
                }
            ],
            vpc_id=self.vpc_id,
        )

    def _let_workloads_talk(self, group: str) -> None:
        within = ec2.CfnSecurityGroupIngress(
            self,
            "WorkloadFromItself",
            group_id=group,
            source_security_group_id=group,
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
            group_id=group,
            destination_security_group_id=group,
            ip_protocol="-1",
            description="Nodes of one distributed job",
        )

    def _subnets(self) -> tuple[list[ec2.CfnSubnet], list[str]]:
        """A subnet per zone, and the identifiers of their route tables."""
        blocks = ipaddress.ip_network(self._cidr).subnets(prefixlen_diff=3)
        subnets: list[ec2.CfnSubnet] = []
        route_tables: list[str] = []
        for number, (zone, block) in enumerate(zip(self._zones, blocks, strict=False), start=1):
            name = [CfnTag(key="Name", value=f"{self.path}/Isolated{number}")]
            subnet = ec2.CfnSubnet(
                self,
                f"Isolated{number}",
                vpc_id=self.vpc_id,
                cidr_block=str(block),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags=name,
            )
            table = ec2.CfnRouteTable(self, f"Isolated{number}Routes", vpc_id=self.vpc_id, tags=name)
            route_tables.append(table.ref)
            ec2.CfnSubnetRouteTableAssociation(
                self, f"Isolated{number}Association", route_table_id=route_tables[-1], subnet_id=subnet.ref
            )
            subnets.append(subnet)
        return subnets, route_tables

    def _endpoints(self, services: Sequence[str]) -> None:
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Interface endpoints: in from the VPC",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(self._cidr), ec2.Port.HTTPS, "Workloads of this VPC")
        subnets = ec2.SubnetSelection(subnets=self.vpc.isolated_subnets)
        for name in dict.fromkeys(services):
            ec2.InterfaceVpcEndpoint(
                self,
                name,
                vpc=self.vpc,
                service=getattr(ec2.InterfaceVpcEndpointAwsService, INTERFACE_SERVICES[name]),
                subnets=subnets,
                security_groups=[group],
                open=False,
            )

    def _log_flows(self, encryption_key: kms.IKey) -> None:
        group = logs.CfnLogGroup(
            BaseConstruct(self, "FlowLogs"), "Resource", kms_key_id=key_arn(encryption_key), retention_in_days=365
        )
        group.apply_removal_policy(RemovalPolicy.DESTROY)
        grants = Grants()
        grants.allow("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", on=group.attr_arn)
        role = service_role(
            BaseConstruct(self, "FlowLogsRole"),
            "Resource",
            service="vpc-flow-logs.amazonaws.com",
            description="Delivers VPC flow logs",
            grants=grants,
        )
        ec2.CfnFlowLog(
            self,
            "FlowLog",
            resource_id=self.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.ref,
            deliver_logs_permission_arn=role.attr_arn,
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
