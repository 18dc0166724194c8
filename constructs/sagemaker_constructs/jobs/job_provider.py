"""Jobs that only the API supports, run as CloudFormation resources."""

from typing import TYPE_CHECKING, cast

from aws_cdk import CfnResource, RemovalPolicy, custom_resources
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from sagemaker_constructs.core.access.grants import attach
from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.acknowledgement import (
    acknowledge,
    acknowledge_deployment_function,
    acknowledge_in_template,
    acknowledge_own_inline_policy,
    acknowledge_plain_logs,
    acknowledge_wildcard,
    default_child,
)
from sagemaker_constructs.core.assets import function_code
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, singleton
from sagemaker_constructs.core.durations import minutes, seconds
from sagemaker_constructs.jobs.job_kinds import job_kinds
from sagemaker_constructs.jobs.json_text import json_text

if TYPE_CHECKING:
    from sagemaker_constructs.jobs.job_definition import JobDefinition

LONGEST_WAIT = minutes(60)
"""CloudFormation waits this long for a custom resource, and no longer."""


_ID = "SageMakerJobProvider"


class JobProvider(BaseConstruct):
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
            query_interval=seconds(10),
            total_timeout=LONGEST_WAIT,
            log_group=log_group,
            framework_on_event_role=self._function_role("OnEventRole", log_group, framework),
            framework_complete_and_timeout_role=self._function_role("WaiterRole", log_group, framework),
            disable_waiter_state_machine_logging=True,
        )
        self.service_token: str = provider.service_token
        self._acknowledge(provider, [on_event, is_complete], log_group)

    @staticmethod
    def of(scope: Construct) -> "JobProvider":
        """The provider of the stack around ``scope``, made when it is first asked for."""
        return singleton(scope, _ID, JobProvider)

    def run(self, scope: Construct, definition: "JobDefinition", *, name_prefix: str) -> CfnResource:
        """A job of ``definition``, started when CloudFormation creates or updates it, below ``scope``.

        It starts only after the policies of its role are there, and the provider gets the right to run it under names
        that begin with ``name_prefix``. The custom resource's attributes are those of the job's kind in
        ``lambdas/job/kinds.json``.
        """
        kind = job_kinds()[definition.kind]
        arn = location_of(scope).arn("sagemaker", kind.resource, name=f"{name_prefix}-*")
        policy = attach(scope, "RunJob", self._role, definition.start_grants(watched=True, arn=arn))
        job = CfnResource(
            scope,
            "Resource",
            type=f"Custom::SageMaker{definition.kind}",
            properties={
                "ServiceToken": self.service_token,
                "Kind": definition.kind,
                "NamePrefix": name_prefix,
                # As one string: CloudFormation would hand numbers and booleans over as text.
                "Request": json_text(scope, definition.request),
            },
        )
        job.node.add_dependency(*([policy] if policy else []), *definition.ready)
        return job

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
        acknowledge_own_inline_policy(self)
        holds = "The functions call the SageMaker API only, and hold and log names, no data."
        for function in [*own, *waiting, _child(provider, "framework-onEvent")]:
            acknowledge_deployment_function(default_child(cast(Construct, function)), reason=holds)
        acknowledge_plain_logs(default_child(log_group), reason=holds)

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
            timeout=minutes(2),
            memory_size=256,
            log_group=log_group,
        )
        return cast(lambda_.IFunction, function)


def _child(provider: custom_resources.Provider, name: str) -> Construct:
    return cast(Construct, provider.node.find_child(name))
