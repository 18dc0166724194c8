"""What starts the runs of a monitor, and is told of their ends."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import acknowledge
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.schedules import scheduler_role
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.storage.event_queue import EventQueue, protect

_FUNCTION_SECONDS = 300


class MonitorRuns(BaseConstruct):
    """The function of the monitor ``name``, called by the clock, by the ends of its jobs, and at deployment.

    ``jobs`` is what the names of its processing jobs begin with (default: the monitor's own), ``handler`` the module
    of ``lambdas/monitor`` that is called.

    Provisions: a function with role and logs, its ``AWS::Lambda::EventInvokeConfig``, an ``AWS::Events::Rule``, an
    ``AWS::SQS::Queue`` for what failed, a role for schedules and a custom resource of ``type``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        about: str,
        environment: Mapping[str, str],
        grants: Grants,
        jobs: Sequence[str] = (),
        handler: str = "handler",
        type: str = "Custom::SageMakerDriftMonitor",
    ) -> None:
        super().__init__(scope, id)
        self._about = about
        self.dead: EventQueue = EventQueue(self, "DeadLetters")
        acknowledge(
            self.dead.resource, "AwsSolutions-SQS3", reason="It is itself the queue of what could not be acted on."
        )
        grants.allow("sqs:SendMessage", on=self.dead.arn)
        function = LibraryFunction(
            self,
            "Function",
            code="monitor",
            handler=f"{handler}.handler",
            description=f"Starts and reads the runs of {about}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="It runs for seconds in each window, and what fails is kept; it calls AWS's own API alone, and "
            "its environment names resources.",
            environment=environment,
            grants=grants,
        )
        self.function_arn: str = function.arn
        pattern: dict[str, object] = {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Processing Job State Change"],
            "detail": {
                "ProcessingJobName": [{"prefix": each} for each in jobs or (f"{name}-",)],
                "ProcessingJobStatus": ["Completed", "Failed", "Stopped"],
            },
        }
        ends = self.on_event("Ends", pattern, {"deadLetterConfig": {"arn": self.dead.arn}})
        protect(self, [self.dead], told=[self.dead], rules=[ends.attr_arn])
        lambda_.CfnEventInvokeConfig(
            self,
            "Calls",
            function_name=self.function_arn,
            qualifier="$LATEST",
            destination_config={"onFailure": {"destination": self.dead.arn}},
        )
        CfnResource(
            self,
            "Begun",
            type=type,
            properties={"ServiceToken": self.function_arn, "Monitor": name},
        )
        self._role = scheduler_role(
            self, "ScheduleRole", description=f"Starts the runs of {about}", grants=self.call_grants()
        )

    def on_event(self, id: str, pattern: Mapping[str, object], more: Mapping[str, object]) -> events.CfnRule:
        """Call the function at each event that matches; ``more`` are further properties of the target."""
        target = {"id": "Monitor", "arn": self.function_arn, **more}
        rule = events.CfnRule(self, id, event_pattern=pattern, targets=[target])
        lambda_.CfnPermission(
            self,
            f"{id}Call",
            action="lambda:InvokeFunction",
            function_name=self.function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
        return rule

    def at(self, id: str, expression: str) -> scheduler.CfnSchedule:
        """Call the function at the times of an expression (UTC), with the time."""
        return scheduler.CfnSchedule(
            self,
            id,
            description=f"Runs of {self._about}",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": self.function_arn,
                "roleArn": self._role.attr_arn,
                "input": json.dumps({"time": "<aws.scheduler.scheduled-time>"}),
            },
        )

    def call_grants(self) -> Grants:
        """What it takes to call the function."""
        grants = Grants()
        grants.allow("lambda:InvokeFunction", on=self.function_arn)
        return grants

    @property
    def failed(self) -> Measurement:
        """Calls that have failed and wait for somebody."""
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self.dead.name})
