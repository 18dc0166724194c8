"""A transform job by the clock."""

from collections.abc import Callable, Mapping
from typing import cast

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.core.service_principal import service_principal


class TransformSchedule(Construct):
    """Starts a transform job at fixed times; make one with ``BatchTransform.schedule``.

    EventBridge Scheduler calls SageMaker itself, and repeats a call that failed for up to a day.

    Provisions: one ``AWS::Scheduler::Schedule`` and its ``AWS::IAM::Role``.
    Raises ``InvalidInput`` for an expression that is neither ``cron(…)``, ``rate(…)`` nor ``at(…)``.

    See https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        expression: str,
        timezone: str,
        request: Mapping[str, object],
        grant_start: Callable[[iam.IRole], None],
    ) -> None:
        """``request`` is the input of CreateTransformJob; ``grant_start`` gives a role the rights to call it."""
        super().__init__(scope, id)
        reject(self, [matches("expression", expression, r"(cron|rate|at)\([^()]+\)", "cron(…), rate(…) or at(…)")])
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "Role",
            description=f"Starts transform jobs for the schedule {self.node.path}",
            assumed_by=service_principal(
                "scheduler.amazonaws.com", {"StringEquals": {"aws:SourceAccount": stack.account}}
            ),
        )
        self.role = cast(iam.IRole, role)
        grant_start(self.role)
        schedule = scheduler.CfnSchedule(
            self,
            "Resource",
            description=f"Transform job of {self.node.path}",
            schedule_expression=expression,
            schedule_expression_timezone=timezone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{Aws.PARTITION}:scheduler:::aws-sdk:sagemaker:createTransformJob",
                role_arn=self.role.role_arn,
                input=stack.to_json_string(dict(request)),
            ),
        )
        schedule.node.add_dependency(self.role)
        self.schedule_name: str = schedule.ref
