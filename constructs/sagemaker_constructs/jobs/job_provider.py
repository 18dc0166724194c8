"""Jobs that only the API knows, run as CloudFormation resources."""

from collections.abc import Mapping
from typing import cast

from aws_cdk import ArnFormat, CustomResource, Duration, RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import (
    acknowledge,
    acknowledge_control,
    acknowledge_in_template,
    acknowledge_wildcard,
    default_child,
)
from sagemaker_constructs.core.assets import function_code
from sagemaker_constructs.core.service_principal import service_principal
from sagemaker_constructs.core.volume_encryption import grant_volumes
from sagemaker_constructs.jobs.job_kinds import job_kinds

LONGEST_WAIT = Duration.minutes(60)
"""CloudFormation waits this long for a custom resource, and no longer."""


_ID = "SageMakerJobProvider"


def jobs_arn(scope: Construct, kind: str, name_prefix: str) -> str:
    """The ARN of all jobs of ``kind`` in the stack around ``scope`` whose name is ``<name_prefix>-…``."""
    return Stack.of(scope).format_arn(
        service="sagemaker",
        resource=job_kinds()[kind].resource,
        resource_name=f"{name_prefix}-*",
        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
    )


class JobProvider(Construct):
    """Starts jobs for CloudFormation, waits for them without holding a function, and stops them on delete.

    One per stack, shared by all jobs in it: take it with ``JobProvider.of(scope)``. A job is started under a
    name that follows from CloudFormation's request, so that a repeated request finds the job running instead
    of starting a second one. A failed job fails the deployment with SageMaker's own FailureReason.

    Provisions: two Lambda functions, the provider framework (three functions and a state machine) and log
    groups (kept one year).

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes.html
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        log_group = logs.LogGroup(
            self,
            "Logs",
            retention=logs.RetentionDays.ONE_YEAR,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self._role = self._function_role(
            "Role", log_group, "Starts, watches and stops SageMaker jobs for CloudFormation"
        )
        framework = "Runs the custom resource framework around the job functions"
        code = function_code("job")
        on_event = self._function("OnEvent", code, log_group)
        is_complete = self._function("IsComplete", code, log_group)
        provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=on_event,
            is_complete_handler=is_complete,
            query_interval=Duration.seconds(10),
            total_timeout=LONGEST_WAIT,
            log_group=log_group,
            framework_on_event_role=self._function_role("OnEventRole", log_group, framework),
            framework_complete_and_timeout_role=self._function_role("WaiterRole", log_group, framework),
            disable_waiter_state_machine_logging=True,
        )
        self.service_token = provider.service_token
        self._acknowledge(provider, [on_event, is_complete], log_group)

    @staticmethod
    def of(scope: Construct) -> "JobProvider":
        """The provider of the stack around ``scope``, made when first asked for."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, JobProvider) else JobProvider(stack, _ID)

    def run(
        self, scope: Construct, *, kind: str, name_prefix: str, request: Mapping[str, object], role: iam.IRole
    ) -> CustomResource:
        """A job of ``kind`` (such as ``TrainingJob``), started when CloudFormation creates or updates it.

        ``request`` is the input of the job's Create call, without its name; ``role`` is the role that the job
        runs as, and starts only after its policies are there. The provider gets the right to pass it where the
        request names it. The custom resource's attributes are those of the job kind in ``lambdas/job/kinds.py``.
        """
        stack = Stack.of(scope)
        job_arn = jobs_arn(scope, kind, name_prefix)
        pass_role = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        policy = iam.Policy(
            scope,
            "RunJob",
            roles=[self._role],
            statements=[
                iam.PolicyStatement(
                    actions=[
                        f"sagemaker:Create{kind}",
                        f"sagemaker:Describe{kind}",
                        f"sagemaker:Stop{kind}",
                        "sagemaker:AddTags",
                    ],
                    resources=[job_arn],
                ),
                *([pass_role] if job_kinds()[kind].names_role else []),
            ],
        )
        acknowledge_wildcard(
            policy, job_arn, reason="The job is named at deployment; the grant ends with its name's prefix."
        )
        acknowledge_control(policy, "IAMNoInlinePolicy", reason="The policy belongs to one role and one job.")
        job = CustomResource(
            scope,
            "Resource",
            service_token=self.service_token,
            resource_type=f"Custom::SageMaker{kind}",
            properties={
                "Kind": kind,
                "NamePrefix": name_prefix,
                # As one string: CloudFormation would hand numbers and booleans over as text.
                "Request": stack.to_json_string(dict(request)),
            },
        )
        job.node.add_dependency(policy, role)
        return job

    def grant_key(self, key: kms.IKey) -> None:
        """Let jobs encrypt volumes with ``key``: the caller of a Create call lends SageMaker the right."""
        grant_volumes(key, self._role)

    def _function_role(self, id: str, log_group: logs.ILogGroup, description: str) -> iam.IRole:
        role = cast(
            iam.IRole,
            iam.Role(self, id, description=description, assumed_by=service_principal("lambda.amazonaws.com")),
        )
        log_group.grant_write(role)
        return role

    def _acknowledge(
        self, provider: custom_resources.Provider, own: list[lambda_.IFunction], log_group: logs.LogGroup
    ) -> None:
        waiting = [_child(provider, name) for name in ("framework-isComplete", "framework-onTimeout")]
        acknowledge_wildcard(
            self,
            *[f"{cast(lambda_.IFunction, function).function_arn}:*" for function in [*own, *waiting]],
            reason="The framework may invoke any version of the job functions and of its own.",
        )
        polling = "The state machine only polls; each poll is logged by the function that it invokes."
        acknowledge(self, "AwsSolutions-SF1", "AwsSolutions-SF2", reason=polling)
        acknowledge_in_template(
            default_child(_child(provider, "waiter-state-machine")),
            "step_functions_state_machine_logging_enabled_check",
            "step_functions_state_machine_tracing_enabled_check",
            reason=polling,
        )
        acknowledge(
            self,
            "AwsSolutions-L1",
            reason="aws-cdk-lib chooses the runtime of the framework's functions; the job functions run the "
            "newest Python that every region offers.",
        )
        deployment = (
            "Deployment-time functions: CloudFormation calls them one by one, waits for the answer and reports a "
            "failure itself; they call the SageMaker API only, and hold and log names, no data."
        )
        acknowledge_control(
            self,
            "IAMNoInlinePolicy",
            "LambdaConcurrency",
            "LambdaDLQ",
            "LambdaInsideVPC",
            "CloudWatchLogGroupEncrypted",
            reason=deployment,
        )
        for function in [*own, *waiting, _child(provider, "framework-onEvent")]:
            acknowledge_in_template(
                default_child(cast(Construct, function)),
                "CKV_AWS_115",
                "CKV_AWS_116",
                "CKV_AWS_117",
                "CKV_AWS_173",
                "lambda_inside_vpc_check",
                reason=deployment,
            )
        acknowledge_in_template(
            default_child(log_group), "CKV_AWS_158", "cloudwatch_log_group_encrypted_check", reason=deployment
        )

    def _function(self, id: str, code: lambda_.Code, log_group: logs.ILogGroup) -> lambda_.IFunction:
        handler = {"OnEvent": "on_event", "IsComplete": "is_complete"}[id]
        function = lambda_.Function(
            self,
            id,
            description=f"SageMaker jobs as CloudFormation resources: {handler}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.job.handler.{handler}",
            code=code,
            role=self._role,
            timeout=Duration.minutes(2),
            memory_size=256,
            log_group=log_group,
        )
        return cast(lambda_.IFunction, function)


def _child(provider: custom_resources.Provider, name: str) -> Construct:
    return cast(Construct, provider.node.find_child(name))
