"""The load balancer that signs people on before they reach a server."""

from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_each_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.labeling.labeling_people import LabelingPeopleBase
from sagemaker_constructs.labeling.open.label_studio_entrance import ANYWHERE, LabelStudioEntrance
from sagemaker_constructs.storage.object_access import bucket_facts

_HTTPS = 443
_SHORTEST_REFRESH_MINUTES = 60
_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
_NAMES = {"DefaultActions": "entrance", "AuthenticateCognitoConfig": "", "SessionTimeout": "session"}
_ONE_YEAR_SECONDS = 31_536_000
_HOLDS_NOTHING = "It holds nothing: what it forwards to has protection of its own, and it is made again in minutes."
_SIGNED_ON = "Nobody gets past it without signing on, from the given networks; a firewall is billed by the month."
_ON_REQUEST = "access_logs writes each request to a bucket that is given."
_PLAIN_INSIDE = "Between load balancer and server, in the VPC; both tokens of a request are signed."


class SignOnLoadBalancer(BaseConstruct):
    """Hands requests on to ``port`` of a server once ``people`` have signed on, with tokens that say who they are.

    The load balancer itself writes the three headers ``x-amzn-oidc-…``; the server still has to verify the signature
    and the signer. It asks Cognito at addresses of the internet: ``subnet_ids`` need a way there, by a NAT gateway
    where the load balancer is internal.

    Provisions: ``AWS::ElasticLoadBalancingV2::LoadBalancer``, ``Listener`` and ``TargetGroup``, an
    ``AWS::EC2::SecurityGroup``, and an ``AWS::Cognito::UserPoolClient``.
    Raises ``InvalidInput`` for a session that is shorter than a second or longer than a week.

    See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        subnet_ids: Sequence[str],
        entrance: LabelStudioEntrance,
        people: LabelingPeopleBase,
        port: int,
        health_path: str,
        healthy: int,
    ) -> None:
        """The server is well that answers ``health_path`` with the status ``healthy``."""
        super().__init__(scope, id)
        sign_on = {"AuthenticateCognitoConfig": {"SessionTimeout": entrance.session_seconds}}
        unknown = entrance.access_logs and is_token(self.location.region)
        reject(
            self,
            [
                *request_problems("CreateListener", {"DefaultActions": [sign_on]}, _NAMES),
                Problem("entrance.access_logs", "needs a stack with a concrete region, got: one known at deployment")
                if unknown
                else None,
            ],
        )
        self._port = port
        group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description="Load balancer of a Label Studio: in from people, out to Cognito and the server",
            security_group_ingress=[_rule(cidr, "People") for cidr in entrance.cidrs],
            security_group_egress=[_rule(ANYWHERE, "Token and user info endpoints of Cognito")],
            vpc_id=vpc_id,
        )
        self.security_group_id: str = group.attr_group_id
        balancer = elb.CfnLoadBalancer(
            self,
            "Resource",
            type="application",
            scheme="internet-facing" if entrance.internet_facing else "internal",
            ip_address_type="ipv4",
            subnets=list(subnet_ids),
            security_groups=[group.attr_group_id],
            load_balancer_attributes=_attributes(self._attributes(entrance)),
        )
        self.arn: str = balancer.ref
        self.dns_name: str = balancer.attr_dns_name
        targets = elb.CfnTargetGroup(
            self,
            "Server",
            vpc_id=vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=port,
            health_check_path=health_path,
            health_check_interval_seconds=30,
            health_check_timeout_seconds=10,
            healthy_threshold_count=2,
            unhealthy_threshold_count=3,
            matcher={"httpCode": str(healthy)},
            target_group_attributes=_attributes({"deregistration_delay.timeout_seconds": "30"}),
        )
        self.target_group_arn: str = targets.ref
        self.full_name: str = balancer.attr_load_balancer_full_name
        """What metrics call it."""
        self.target_group_full_name: str = targets.attr_target_group_full_name
        """What metrics call the server behind it."""
        self.client_id: str = self._client(entrance, people)
        self.listener: elb.CfnListener = self._listener(entrance, people)
        self._accept(entrance, balancer, targets)

    def allow_to(self, security_group_id: str) -> None:
        """Let requests out to, and into, the server in ``security_group_id``."""
        rule: dict[str, Any] = {"ip_protocol": "tcp", "from_port": self._port, "to_port": self._port}
        ec2.CfnSecurityGroupEgress(
            self,
            "ToServer",
            group_id=self.security_group_id,
            destination_security_group_id=security_group_id,
            description="Label Studio",
            **rule,
        )
        ec2.CfnSecurityGroupIngress(
            self,
            "IntoServer",
            group_id=security_group_id,
            source_security_group_id=self.security_group_id,
            description="Load balancer",
            **rule,
        )

    def _client(self, entrance: LabelStudioEntrance, people: LabelingPeopleBase) -> str:
        minutes = max(entrance.session_seconds // 60, _SHORTEST_REFRESH_MINUTES)
        client = cognito.CfnUserPoolClient(
            self,
            "Client",
            user_pool_id=people.user_pool_id,
            generate_secret=True,
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=["code"],
            allowed_o_auth_scopes=["openid", "email"],
            callback_ur_ls=[f"https://{entrance.domain_name}/oauth2/idpresponse"],
            supported_identity_providers=list(people.identity_providers),
            # People sign in at Cognito's own page, and at no API.
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=60,
            id_token_validity=60,
            refresh_token_validity=minutes,
            token_validity_units={"accessToken": "minutes", "idToken": "minutes", "refreshToken": "minutes"},
        )
        return client.ref

    def _listener(self, entrance: LabelStudioEntrance, people: LabelingPeopleBase) -> elb.CfnListener:
        sign_on: dict[str, Any] = {
            "type": "authenticate-cognito",
            "order": 1,
            "authenticateCognitoConfig": {
                "userPoolArn": people.user_pool_arn,
                "userPoolClientId": self.client_id,
                "userPoolDomain": people.domain_prefix,
                "scope": "openid email",
                # CloudFormation takes the number as text.
                "sessionTimeout": str(entrance.session_seconds),
                "onUnauthenticatedRequest": "authenticate",
            },
        }
        forward = {"type": "forward", "order": 2, "targetGroupArn": self.target_group_arn}
        headers = {
            "routing.http.response.strict_transport_security.header_value": f"max-age={_ONE_YEAR_SECONDS}",
            "routing.http.response.server.enabled": "false",
        }
        listener = elb.CfnListener(
            self,
            "Listener",
            load_balancer_arn=self.arn,
            port=_HTTPS,
            protocol="HTTPS",
            ssl_policy=_POLICY,
            certificates=[{"certificateArn": entrance.certificate.certificate_arn}],
            default_actions=[sign_on, forward],
            listener_attributes=_attributes(headers),
        )
        depend(listener, *people.ready)
        return listener

    def _attributes(self, entrance: LabelStudioEntrance) -> dict[str, str]:
        logs: dict[str, str] = {}
        if entrance.access_logs:
            prefix = f"label-studio/{self.location.stack_name}"
            self._let_in(entrance.access_logs, prefix)
            logs = {
                "access_logs.s3.enabled": "true",
                "access_logs.s3.bucket": bucket_facts(entrance.access_logs).name,
                "access_logs.s3.prefix": prefix,
            }
        return {
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.desync_mitigation_mode": "defensive",
            # The server compares it with the origin of a request that changes something.
            "routing.http.preserve_host_header.enabled": "true",
            **logs,
        }

    def _let_in(self, bucket: s3.IBucket, prefix: str) -> None:
        """Let load balancers write to a bucket of the same app; any other has to do so already.

        See https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        """
        # Regions that are older than the service's principal have an account of AWS that writes.
        account = RegionInfo.get(self.location.region).elbv2_account
        writer = "logdelivery.elasticloadbalancing.amazonaws.com"
        where = f"{prefix}/AWSLogs/{self.location.account}/*"
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="LogsOfLoadBalancers",
                principals=[
                    cast(iam.IPrincipal, iam.AccountPrincipal(account)) if account else service_principal(writer)
                ],
                actions=["s3:PutObject"],
                resources=[f"{bucket_facts(bucket).arn}/{where}"],
            )
        )

    def _accept(
        self, entrance: LabelStudioEntrance, balancer: elb.CfnLoadBalancer, targets: elb.CfnTargetGroup
    ) -> None:
        findings = Findings(self)
        findings.control("ELBDeletionProtectionEnabled", reason=_HOLDS_NOTHING)
        findings.control("ALBWAFEnabled", reason=_SIGNED_ON)
        if not entrance.access_logs:
            findings.rule("AwsSolutions-ELB2", reason=_ON_REQUEST)
            findings.control("ELBLoggingEnabled", reason=_ON_REQUEST)
        if ANYWHERE in entrance.cidrs:
            findings.rule(
                "AwsSolutions-EC23", reason="entrance.cidrs lets everybody sign on: whoever set it decides."
            )
        findings.write()
        logs = {} if entrance.access_logs else {"CKV_AWS_91": _ON_REQUEST}
        acknowledge_each_in_template(balancer, {"CKV_AWS_150": _HOLDS_NOTHING, **logs})
        acknowledge_each_in_template(targets, {"CKV_AWS_378": _PLAIN_INSIDE})


def _rule(cidr: str, description: str) -> dict[str, Any]:
    return {
        "cidrIp": cidr,
        "description": description,
        "fromPort": _HTTPS,
        "ipProtocol": "tcp",
        "toPort": _HTTPS,
    }


def _attributes(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
