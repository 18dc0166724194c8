"""A firewall before a front door."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import in_range, reject

# WAF writes to log groups with this beginning only.
_LOGS = "aws-waf-logs-"
_MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
# Models are asked with bodies of up to 10 MB, and the common rules block those above 8 KB.
_COUNTED = {"AWSManagedRulesCommonRuleSet": "SizeRestrictions_BODY"}


class FrontDoorFirewall(BaseConstruct):
    """A web ACL for a ``FrontDoor``, to be passed as its ``web_acl_arn``.

    It blocks addresses of bad repute, known attacks and bad input by three of AWS's managed rule groups, and every
    address with more than ``requests_per_5_minutes`` (10 to 2,000,000,000). The common rules' limit of 8 KB for
    bodies only counts here: models take more. What it does is logged for one year, without callers' keys and tokens.

    Provisions: an ``AWS::WAFv2::WebACL``, an encrypted log group and an ``AWS::WAFv2::LoggingConfiguration``.
    Raises ``InvalidInput`` for a limit outside these bounds.

    See https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html and
    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
    """

    def __init__(
        self, scope: Construct, id: str, *, encryption_key: kms.IKey, requests_per_5_minutes: int = 3000
    ) -> None:
        super().__init__(scope, id)
        reject(self, [in_range("requests_per_5_minutes", requests_per_5_minutes, 10, 2_000_000_000)])
        web_acl = wafv2.CfnWebACL(
            self,
            "WebAcl",
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=_seen_as("FrontDoor"),
            rules=[*_managed_rules(), _rate_rule(requests_per_5_minutes, priority=len(_MANAGED))],
        )
        self.web_acl_arn: str = web_acl.attr_arn
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"{_LOGS}{physical_name(self, 63)}",
            encryption_key=encryption_key,
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.DESTROY,
        )
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=web_acl.attr_arn,
            # Without the ":*" at the end of a log group's ARN, which WAF refuses.
            log_destination_configs=[
                Stack.of(self).format_arn(
                    service="logs",
                    resource="log-group",
                    resource_name=log_group.log_group_name,
                    arn_format=ArnFormat.COLON_RESOURCE_NAME,
                )
            ],
            redacted_fields=[{"singleHeader": {"Name": name}} for name in ("authorization", "x-api-key")],
        )


def _managed_rules() -> list[dict[str, object]]:
    rules: list[dict[str, object]] = []
    for priority, name in enumerate(_MANAGED):
        group: dict[str, object] = {"vendorName": "AWS", "name": name}
        if name in _COUNTED:
            group["ruleActionOverrides"] = [{"name": _COUNTED[name], "actionToUse": {"count": {}}}]
        rules.append(
            {
                "name": name,
                "priority": priority,
                "overrideAction": {"none": {}},
                "statement": {"managedRuleGroupStatement": group},
                "visibilityConfig": _seen_as(name),
            }
        )
    return rules


def _rate_rule(limit: int, *, priority: int) -> dict[str, object]:
    return {
        "name": "RequestsPerAddress",
        "priority": priority,
        "action": {"block": {}},
        "statement": {
            "rateBasedStatement": {"aggregateKeyType": "IP", "limit": limit, "evaluationWindowSec": 300},
        },
        "visibilityConfig": _seen_as("RequestsPerAddress"),
    }


def _seen_as(metric: str) -> dict[str, object]:
    return {"cloudWatchMetricsEnabled": True, "sampledRequestsEnabled": True, "metricName": metric}
