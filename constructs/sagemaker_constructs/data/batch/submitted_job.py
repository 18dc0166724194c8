"""How jobs of a definition are submitted."""

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from constructs import IDependable

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.data.batch.batch_job_size import Platform
from sagemaker_constructs.data.batch.batch_queue import SubmissionQueue
from sagemaker_constructs.jobs.job_definition import without_empty
from sagemaker_constructs.jobs.job_schedule import JobSchedule

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions as stepfunctions


class SubmittedJob(BaseConstruct):
    """A job definition of AWS Batch, as those see it who submit its jobs."""

    name: str
    """The definition's name, under which its newest revision is."""
    platform: Platform
    """What its jobs run on."""
    registered: IDependable
    """What has to be there before a job is submitted."""

    @property
    def arn(self) -> str:
        """The ARN without a revision, which stands for the newest."""
        return self.location.arn("batch", "job-definition", name=self.name)

    def submit_grants(self, queue: SubmissionQueue) -> Grants:
        """What it takes to submit jobs to ``queue``. Raises ``InvalidInput`` for a queue of another platform."""
        self._check_queue(queue)
        grants = Grants()
        grants.allow(
            "batch:SubmitJob",
            on=[self.arn, f"{self.arn}:*", queue.arn],
            because="The number of the newest revision is known at run time.",
        )
        return grants

    def allow_watching(self, grants: Grants) -> None:
        """Add to ``grants`` what it takes to see how jobs go, and to end them."""
        grants.allow(
            "batch:TerminateJob",
            on=self.location.arn("batch", "job", name="*"),
            because="Batch identifies jobs when they are submitted.",
        )
        grants.allow("batch:DescribeJobs", on="*", because="The call is not available for a single resource.")

    def grant_submit(self, role: iam.IRole, queue: SubmissionQueue) -> None:
        """Let ``role`` submit jobs of this definition to ``queue``, see how they go, and end them."""
        grants = self.submit_grants(queue)
        self.allow_watching(grants)
        give(role, grants)

    def grant_run(self, role: iam.IRole, queue: SubmissionQueue) -> None:
        """Let the role of a state machine run ``as_state``: submit the job, wait for it and end it.

        See https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
        """
        grants = self.submit_grants(queue)
        self.allow_watching(grants)
        # Step Functions learns of a job's end through this rule, which it makes itself.
        rule = self.location.arn("events", "rule", name="StepFunctionsGetEventsForBatchJobsRule")
        grants.allow("events:PutTargets", "events:PutRule", "events:DescribeRule", on=rule)
        give(role, grants)

    def schedule(
        self,
        id: str,
        schedule: str | ScheduleLike,
        *,
        queue: SubmissionQueue,
        array_size: int | None = None,
        timezone: str = "UTC",
    ) -> JobSchedule:
        """Submit a job, or an array of ``array_size`` jobs, to ``queue`` at the times of ``schedule``.

        See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        made = JobSchedule(
            self,
            id,
            call="batch:submitJob",
            words="job",
            schedule=schedule,
            timezone=timezone,
            request=self._submission(queue, array_size),
            grants=self.submit_grants(queue),
        )
        depend(made.resource, self.registered)
        return made

    def as_state(
        self, id: str, *, queue: SubmissionQueue, array_size: int | None = None
    ) -> "stepfunctions.CustomState":
        """A task that submits the job to ``queue`` and waits for it; give the state machine's role ``grant_run``."""
        from aws_cdk import aws_stepfunctions as stepfunctions

        task = {
            "Type": "Task",
            "Resource": f"arn:{partition()}:states:::batch:submitJob.sync",
            "Parameters": self._submission(queue, array_size),
        }
        return stepfunctions.CustomState(self, id, state_json=task)

    def _check_queue(self, queue: SubmissionQueue) -> None:
        if queue.platform != self.platform:
            words = f"must be a queue for {self.platform}, got: one for {queue.platform}"
            reject(self, [Problem("queue", words)])

    def _submission(self, queue: SubmissionQueue, array_size: int | None) -> dict[str, object]:
        self._check_queue(queue)
        array = {} if array_size is None else {"arrayProperties": {"size": array_size}}
        names = {"arrayProperties": "", "size": "array_size"}
        reject(self, request_problems("SubmitJob", {"jobName": self.name, **array}, names))
        return without_empty(
            {
                "JobName": self.name,
                "JobDefinition": self.name,
                "JobQueue": queue.arn,
                "ArrayProperties": None if array_size is None else {"Size": array_size},
            }
        )
