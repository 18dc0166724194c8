"""How long the logs of a container are kept."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import (
    acknowledge,
    acknowledge_control,
    acknowledge_in_template,
    acknowledge_wildcard,
    default_child,
)
from sagemaker_constructs.core.problems import Problem, is_token, reject
from sagemaker_constructs.core.service_principal import service_principal

_FUNCTION = "AWS679f53fac002430cb0da5b7982bd2287"  # how aws-cdk-lib names it in every stack
_LOGS = "SageMakerEndpointLogs"
_ROLE = "SageMakerEndpointLogsRole"


class EndpointLogs(Construct):
    """Keeps the log group ``group`` for ``days``, whoever makes it: SageMaker, or this construct when it is first.

    SageMaker makes the group of an endpoint with its first line, to be kept forever, and CloudFormation cannot
    take a group over that is there already. Deleting the stack deletes no logs.

    Provisions: two custom resources that call CreateLogGroup and PutRetentionPolicy, with rights to this group only;
    and once per stack, the ``AWS::Lambda::Function`` of aws-cdk-lib that makes such calls, with a log group.
    Raises ``InvalidInput`` for a number of days that CloudWatch does not know.

    See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """

    def __init__(self, scope: Construct, id: str, *, group: str, days: int) -> None:
        super().__init__(scope, id)
        reject(self, [retention_problem("days", days)])
        stack = Stack.of(self)
        first = stack.node.try_find_child(_FUNCTION) is None
        arn = stack.format_arn(
            service="logs", resource="log-group", resource_name=group, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        name: dict[str, object] = {"logGroupName": group}
        made = _call(
            self, "Group", "createLogGroup", name, "Custom::SageMakerLogGroup", "ResourceAlreadyExistsException"
        )
        kept = _call(
            self,
            "Retention",
            "putRetentionPolicy",
            {**name, "retentionInDays": days},
            "Custom::SageMakerLogRetention",
        )
        kept.node.add_dependency(made)
        # To the role's own policy: one more policy for each call would soon be more than a role can have.
        granted = made.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"], resources=[arn, f"{arn}:*"]
            )
        )
        if granted.policy_dependable:
            made.node.add_dependency(granted.policy_dependable)
        function = cast(Construct, stack.node.find_child(_FUNCTION))
        acknowledge_wildcard(
            cast(Construct, made.grant_principal),
            f"{arn}:*",
            reason="CloudWatch names a group's own rights with :* at the end.",
        )
        if first:
            _acknowledge_function(function, _function_role(stack), _function_logs(stack))


def _call(
    scope: Construct, id: str, action: str, parameters: Mapping[str, object], kind: str, accepted: str | None = None
) -> custom_resources.AwsCustomResource:
    return custom_resources.AwsCustomResource(
        scope,
        id,
        resource_type=kind,
        on_update=custom_resources.AwsSdkCall(
            service="CloudWatchLogs",
            action=action,
            parameters=dict(parameters),
            ignore_error_codes_matching=accepted,
            physical_resource_id=custom_resources.PhysicalResourceId.of(str(parameters["logGroupName"])),
        ),
        role=_function_role(Stack.of(scope)),
        install_latest_aws_sdk=False,
        log_group=_function_logs(Stack.of(scope)),
    )


def _function_logs(stack: Stack) -> logs.ILogGroup:
    existing = stack.node.try_find_child(_LOGS)
    if existing is None:
        existing = logs.LogGroup(
            stack, _LOGS, retention=logs.RetentionDays.ONE_YEAR, removal_policy=RemovalPolicy.DESTROY
        )
    return cast(logs.ILogGroup, existing)


def _function_role(stack: Stack) -> iam.IRole:
    existing = stack.node.try_find_child(_ROLE)
    if existing is None:
        existing = iam.Role(
            stack,
            _ROLE,
            description="Sets how long logs of endpoints are kept",
            assumed_by=service_principal("lambda.amazonaws.com"),
        )
        _function_logs(stack).grant_write(existing)
    return cast(iam.IRole, existing)


def _acknowledge_function(function: Construct, role: iam.IRole, own_logs: logs.ILogGroup) -> None:
    deployment = (
        "Runs at deployment only: CloudFormation waits for its answer and reports a failure itself; it sets how long "
        "logs are kept, and holds no data."
    )
    acknowledge(
        function,
        "AwsSolutions-L1",
        reason="aws-cdk-lib chooses the runtime of this function.",
    )
    acknowledge_control(function, "LambdaConcurrency", "LambdaDLQ", "LambdaInsideVPC", reason=deployment)
    acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy is assembled for this one function.")
    acknowledge_in_template(
        default_child(function),
        "CKV_AWS_115",
        "CKV_AWS_116",
        "CKV_AWS_117",
        "CKV_AWS_173",
        "lambda_inside_vpc_check",
        reason=deployment,
    )
    group = cast(Construct, own_logs)
    acknowledge_control(group, "CloudWatchLogGroupEncrypted", reason=deployment)
    acknowledge_in_template(
        default_child(group), "CKV_AWS_158", "cloudwatch_log_group_encrypted_check", reason=deployment
    )


RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400),
    *(545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What PutRetentionPolicy takes.

See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""
ONE_YEAR = 365


def retention_problem(path: str, days: int) -> Problem | None:
    """Rule: CloudWatch supports this number of days."""
    if is_token(days) or days in RETENTION_DAYS:
        return None
    return Problem(path, f"must be one of {', '.join(map(str, RETENTION_DAYS))}, got: {days}")
