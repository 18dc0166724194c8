"""Networks, load balancers and doors."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sagemaker_constructs.cost.quantities.counting import HOURS, Counted, Quantity, always, counts, free

_ADDRESS = "AmazonVPC/PublicIPv4:InUseAddress"

free(
    "part of a network, which costs nothing by itself",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
)
free("paid for where its lines lie", "AWS::EC2::FlowLog", "AWS::WAFv2::LoggingConfiguration")
free(
    "paid for by requests of its API",
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::WAFv2::WebACLAssociation",
)
free(
    "part of a load balancer",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
)
always(_ADDRESS, "hours of public IPv4 addresses", "AWS::EC2::EIP", amount=HOURS)


@counts("AWS::EC2::VPCEndpoint")
def _endpoint(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("VpcEndpointType") != "Interface":
        return
    hours = HOURS * len(counted.properties["SubnetIds"])
    yield Quantity.fixed("AmazonVPC/VpcEndpoint-Hours/VpcEndpoint", "hours of interface endpoints", hours)
    yield Quantity.by_use(
        "AmazonVPC/VpcEndpoint-Bytes/VpcEndpoint", "GB through interface endpoints", counted.used("gigabytes")
    )


@counts("AWS::EC2::NatGateway")
def _nat(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.fixed("AmazonEC2/NatGateway-Hours/NatGateway", "hours of NAT gateways", HOURS)
    key, what = "AmazonEC2/NatGateway-Bytes/NatGateway", "GB through NAT gateways"
    yield Quantity.by_use(key, what, counted.used("gigabytes"))


@counts("AWS::ElasticLoadBalancingV2::LoadBalancer")
def _load_balancer(counted: Counted) -> Iterator[Quantity]:
    operation = {"network": "LoadBalancing:Network"}.get(
        str(counted.properties.get("Type")), "LoadBalancing:Application"
    )
    yield Quantity.fixed(f"AWSELB/LoadBalancerUsage/{operation}", "hours of load balancers", HOURS)
    yield Quantity.by_use(f"AWSELB/LCUUsage/{operation}", "LCU-hours", counted.used("lcu_hours"))
    if counted.properties.get("Scheme") == "internet-facing":
        zones = len(counted.properties.get("Subnets") or counted.properties.get("SubnetMappings", ()))
        yield Quantity.fixed(_ADDRESS, "hours of public IPv4 addresses", HOURS * zones)


@counts("AWS::WAFv2::WebACL")
def _web_acl(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.fixed("awswaf/WebACLV2", "web ACLs", 1)
    yield Quantity.fixed("awswaf/RuleV2", "rules of web ACLs", len(counted.properties["Rules"]))
    yield Quantity.by_use("awswaf/RequestV2-Tier1", "requests judged by web ACLs", counted.used("requests"))


@counts("AWS::ApiGateway::RestApi")
def _rest_api(counted: Counted) -> Iterator[Quantity]:
    yield Quantity.by_use("AmazonApiGateway/ApiGatewayRequest", "requests of REST APIs", counted.used("requests"))


@counts("AWS::ApiGateway::Stage")
def _stage(counted: Counted) -> Iterator[Quantity]:
    if counted.properties.get("CacheClusterEnabled"):
        size = Decimal(str(counted.properties["CacheClusterSize"]))
        key, what = f"AmazonApiGateway/ApiGatewayCacheUsage:{size}GB", f"hours of {size} GB caches"
        yield Quantity.fixed(key, what, HOURS)
