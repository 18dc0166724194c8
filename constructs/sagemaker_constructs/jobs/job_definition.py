"""A job, defined once and run whenever it is due."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.jobs.job_kinds import job_kinds
from sagemaker_constructs.jobs.job_schedule import JobSchedule
from sagemaker_constructs.storage.volume_encryption import grant_volumes

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as stepfunctions

_UUID = 36
"""Characters of the identifier that ends the name of a run."""
_LAST_OF_UUID = 12
"""Its last part, for kinds whose names are too short for all of it."""


class JobDefinition(BaseConstruct):
    """The checked input of a Create call, and the rights that the job needs. Provisions nothing that runs.

    ``DeployedJob`` runs it when its stack is deployed, ``schedule`` by the clock, ``as_state`` as a step of a state
    machine. Subclasses make ``request`` and name what it runs as.
    """

    kind: ClassVar[str]
    """A row of ``lambdas/job/kinds.json``, such as ``TrainingJob``."""

    request: Mapping[str, object]
    """The input of the Create call, without the job's name."""
    volume_key: kms.IKey | None
    """The key of the job's instance volumes; None for local disks, which encrypt themselves."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        ending = _UUID if self._holds_a_uuid else _LAST_OF_UUID
        self.name_prefix: str = physical_name(self, job_kinds()[self.kind].name_length - 1 - ending)

    @property
    @abstractmethod
    def execution_role(self) -> ExecutionRoleBase:
        """What the job runs as."""

    @property
    def role(self) -> iam.IRole:
        """The role that the job runs as, for grants of other constructs."""
        return self.execution_role.role

    @property
    def parts(self) -> "Sequence[JobDefinition]":
        """The definitions whose roles and volumes a run uses: its own, or those of the jobs that it starts."""
        return (self,)

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run has to wait for."""
        return [each for part in self.parts for each in part.execution_role.ready]

    def start_grants(self, *, watched: bool = False, arn: str | None = None) -> Grants:
        """What it takes to start this job, and, where it is ``watched``, to wait for it and to stop it.

        ``arn`` is the pattern of the jobs' ARNs; by default that of ``name_prefix``.
        """
        kind = job_kinds()[self.kind]
        grants = Grants()
        more = (f"sagemaker:Describe{self.kind}", f"sagemaker:{kind.stopped_by}") if watched else ()
        grants.allow(
            f"sagemaker:Create{self.kind}",
            *more,
            "sagemaker:AddTags",
            on=arn or self.location.arn("sagemaker", kind.resource, name=f"{self.name_prefix}-*"),
            because="Jobs are named when they start; the grant ends with their prefix.",
        )
        for part in self.parts:
            if kind.names_role:
                grants.allow(
                    "iam:PassRole",
                    on=part.execution_role.arn,
                    when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                )
            if part.volume_key:
                grant_volumes(part.volume_key, grants)
        return grants

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start this job, under names that begin with the construct's."""
        give(role, self.start_grants())

    def grant_run(self, role: iam.IRole) -> None:
        """Let the role of a state machine run ``as_state``: start the job, wait for it and stop it.

        See https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
        """
        grants = self.start_grants(watched=True)
        prefix = f"{self.name_prefix}-*"
        resource = self.location.arn("sagemaker", job_kinds()[self.kind].resource, name=prefix)
        grants.allow("sagemaker:ListTags", on=resource)
        # Step Functions learns of a job's end through this rule, which it makes itself.
        rule = f"StepFunctionsGetEventsForSageMaker{self._plural}Rule"
        grants.allow(
            "events:PutTargets",
            "events:PutRule",
            "events:DescribeRule",
            on=self.location.arn("events", "rule", name=rule),
        )
        give(role, grants)

    def schedule(self, id: str, schedule: str | ScheduleLike, *, timezone: str = "UTC") -> JobSchedule:
        """Run at the times of ``schedule``: ``cron(0 3 * * ? *)``, ``rate(1 day)``, ``at(…)`` or a CDK schedule.

        Raises ``InvalidInput`` for a kind of job whose names are too short for the identifier of a scheduled run,
        such as tuning; schedule a pipeline or a state machine that runs it.

        See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        if not self._holds_a_uuid:
            words = "cannot be scheduled by itself: its name has no room for a run's identifier, got"
            reject(self, [Problem("", f"{words}: {self.kind}")])
        name = f"{self.name_prefix}-<aws.scheduler.execution-id>"
        return JobSchedule(
            self,
            id,
            call=f"sagemaker:create{self.kind}",
            words=self.kind.replace("Job", " job").lower(),
            schedule=schedule,
            timezone=timezone,
            request={job_kinds()[self.kind].name_member: name, **self.request},
            grants=self.start_grants(),
        )

    def as_state(self, id: str) -> "stepfunctions.CustomState":
        """A task that runs the job and waits for it; give the state machine's role ``grant_run``.

        Raises ``InvalidInput`` for a kind of job that Step Functions cannot wait for, such as Autopilot.
        """
        return self._state(self, id, {})

    def _state(self, scope: Construct, id: str, changes: Mapping[str, object]) -> "stepfunctions.CustomState":
        from aws_cdk import aws_stepfunctions as stepfunctions

        kind = job_kinds()[self.kind]
        if not kind.event:
            reject(
                self,
                [Problem("", f"cannot be a state: Step Functions has no task that waits for it, got: {self.kind}")],
            )
        unique = "States.UUID()"
        if not self._holds_a_uuid:
            unique = f"States.ArrayGetItem(States.StringSplit({unique}, '-'), 4)"
        parameters: dict[str, object] = {
            f"{kind.name_member}.$": f"States.Format('{self.name_prefix}-{{}}', {unique})",
            **self.request,
            **changes,
        }
        task = f"create{self.kind}.sync"
        return stepfunctions.CustomState(
            scope,
            id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{partition()}:states:::sagemaker:{task}",
                "Parameters": parameters,
            },
        )

    @property
    def _holds_a_uuid(self) -> bool:
        return job_kinds()[self.kind].name_length > _UUID + 1 + _LAST_OF_UUID

    @property
    def _plural(self) -> str:
        return f"{self.kind}s"


def without_empty(request: Mapping[str, object]) -> dict[str, object]:
    """A request without the members that say nothing."""
    return {name: value for name, value in request.items() if value is not None and value not in ({}, [])}
