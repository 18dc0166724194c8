"""Jobs that only the API supports, run as CloudFormation resources."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.grants import Grants, attach
from sagemaker_constructs.core.access.service_principal import service_principal
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import (
    acknowledge,
    acknowledge_deployment_function,
    acknowledge_in_template,
    acknowledge_own_inline_policy,
    acknowledge_plain_logs,
    default_child,
)
from sagemaker_constructs.core.assets import function_code
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, singleton
from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.jobs.job_kinds import job_kinds
from sagemaker_constructs.jobs.json_text import json_text

if TYPE_CHECKING:
    from sagemaker_constructs.jobs.job_definition import JobDefinition
    from sagemaker_constructs.storage.event_queue import EventQueue

_ID = "SageMakerJobProvider"
_RETRY = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 30,
    "MaxAttempts": 10,
}
"""Three and a half minutes, besides those that the function itself tries for."""


class JobProvider(BaseConstruct):
    """Starts jobs for CloudFormation, waits for them without holding a function, and stops them on delete.

    One per stack, shared by all jobs in it: take it with ``JobProvider.of(scope)``. A request of CloudFormation is
    handed to a state machine, whose steps may each be repeated: a function that dies, or is throttled for minutes,
    neither starts a second job nor leaves one that nobody stops. A request ends what was asked for the same resource
    before, so that a stack may be deleted while its job is being created. A job is started under a name that follows
    from the request, so that a repeated request finds the job running. A failed job fails the deployment with
    SageMaker's own FailureReason.

    Provisions: an ``AWS::Lambda::Function`` (Python, 256 MB), an ``AWS::StepFunctions::StateMachine``, their roles,
    and an ``AWS::Logs::LogGroup`` (kept one year).

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
        self._role = cast(
            iam.IRole,
            iam.Role(
                self,
                "Role",
                description="Starts, watches and stops SageMaker jobs for CloudFormation",
                assumed_by=service_principal("lambda.amazonaws.com"),
            ),
        )
        log_group.grant_write(self._role)
        self.function: lambda_.Function = lambda_.Function(
            self,
            "Function",
            description="SageMaker jobs as CloudFormation resources",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler="lambdas.job.handler.handler",
            code=function_code("job"),
            role=self._role,
            timeout=minutes(3),
            memory_size=256,
            log_group=log_group,
        )
        self.service_token: str = self.function.function_arn
        self._machine = self._state_machine()
        grants = Grants()
        grants.allow("states:StartExecution", "states:ListExecutions", on=self._machine.ref)
        executions = self.location.arn("states", "execution", separator=":", name=f"{self._machine.attr_name}:*")
        grants.allow(
            "states:DescribeExecution",
            "states:StopExecution",
            on=executions,
            because="An execution is named after the request of CloudFormation that it carries out.",
        )
        self._hands_over = attach(self, "HandOver", self._role, grants)
        holds = "It calls the SageMaker API only, and holds and logs names, no data."
        acknowledge_own_inline_policy(self)
        acknowledge(self, "AwsSolutions-L1", reason="The newest Python that every region offers.")
        acknowledge_deployment_function(default_child(cast(Construct, self.function)), reason=holds)
        acknowledge_plain_logs(default_child(log_group), reason=holds)

    @staticmethod
    def of(scope: Construct) -> "JobProvider":
        """The provider of the stack around ``scope``, made when it is first asked for."""
        return singleton(scope, _ID, JobProvider)

    def run(
        self,
        scope: Construct,
        definition: "JobDefinition",
        *,
        name_prefix: str,
        results: "EventQueue | None" = None,
    ) -> CfnResource:
        """A job of ``definition``, started when CloudFormation creates or updates it, below ``scope``.

        It starts only after the policies of its role are there, and the provider gets the right to run it under names
        that begin with ``name_prefix``. The custom resource's attributes are those of the job's kind in
        ``lambdas/job/kinds.json``. With ``results``, the queue is told the job's name and CloudFormation goes on,
        without attributes.
        """
        kind = job_kinds()[definition.kind]
        arn = location_of(scope).arn("sagemaker", kind.resource, name=f"{name_prefix}-*")
        grants = definition.start_grants(watched=True, arn=arn)
        return self.run_request(
            scope,
            kind=definition.kind,
            request=definition.request,
            name_prefix=name_prefix,
            grants=grants,
            ready=definition.ready,
            results=results,
        )

    def run_request(
        self,
        scope: Construct,
        *,
        kind: str,
        request: Mapping[str, object],
        name_prefix: str,
        grants: Grants,
        ready: Sequence[IDependable],
        results: "EventQueue | None" = None,
    ) -> CfnResource:
        """The same for a ``request`` of a ``kind`` that the functions know; ``grants`` are what it takes."""
        if results:
            grants.allow("sqs:SendMessage", on=results.arn)
        policy = attach(scope, "RunJob", self._role, grants)
        job = CfnResource(
            scope,
            # Not "Resource": CloudFormation refuses another ServiceToken for a resource that stacks have already.
            "Job",
            type=f"Custom::SageMaker{kind}",
            properties={
                "ServiceToken": self.service_token,
                "StateMachine": self._machine.ref,
                "Kind": kind,
                "NamePrefix": name_prefix,
                # As one string: CloudFormation would hand numbers and booleans over as text.
                "Request": json_text(scope, request),
                **({"Results": results.url} if results else {}),
            },
        )
        rights = [each for each in (policy, self._hands_over) if each]
        job.node.add_dependency(*rights, *ready)
        return job

    def _state_machine(self) -> stepfunctions.CfnStateMachine:
        grants = Grants()
        grants.allow("lambda:InvokeFunction", on=self.service_token)
        role = service_role(
            self,
            "MachineRole",
            service="states.amazonaws.com",
            description="Carries out the steps of jobs that CloudFormation runs",
            grants=grants,
        )
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            role_arn=role.attr_arn,
            definition_string=json_text(self, self._definition()),
        )
        polling = "The state machine only polls; each poll is logged by the function that it invokes."
        acknowledge(self, "AwsSolutions-SF1", "AwsSolutions-SF2", reason=polling)
        acknowledge_in_template(
            machine,
            "step_functions_state_machine_logging_enabled_check",
            "step_functions_state_machine_tracing_enabled_check",
            reason=polling,
        )
        return machine

    def _definition(self) -> dict[str, object]:
        """Choose a name, start a job of that name, look at it until it has ended; what goes wrong is answered.

        See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """

        def task(step: str, *given: str, **more: object) -> dict[str, object]:
            parameters = {f"{name}.$": f"$.{name}" for name in ("Request", *given)}
            parameters["Execution.$"] = "$$.Execution.Id"
            return {
                "Type": "Task",
                "Resource": self.service_token,
                "Parameters": {"Step": step, **parameters},
                "ResultPath": "$.Job",
                "Retry": [_RETRY],
                **more,
            }

        caught = {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Failure", "Next": "GiveUp"}]}
        ended = {"Variable": "$.Job.Ended", "BooleanEquals": True, "Next": "End"}
        return {
            "StartAt": "Choose",
            "States": {
                "Choose": task("choose", **caught, Next="Chosen"),
                "Chosen": {"Type": "Choice", "Choices": [ended], "Default": "Start"},
                "Start": task("start", "Began", "Job", **caught, Next="Ended"),
                "Ended": {"Type": "Choice", "Choices": [ended], "Default": "Pause"},
                "Pause": {"Type": "Wait", "SecondsPath": "$.Job.Pause", "Next": "Look"},
                "Look": task("look", "Began", "Job", **caught, Next="Ended"),
                "GiveUp": task("give-up", "Failure", Next="End"),
                "End": {"Type": "Succeed"},
            },
        }
