"""A job of AWS Batch that runs when its stack is deployed."""

from aws_cdk import CfnResource, Token
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import in_range, reject
from sagemaker_constructs.data.batch.batch_job_definition import BatchJobDefinition
from sagemaker_constructs.data.batch.batch_queue import SubmissionQueue
from sagemaker_constructs.jobs.deployed_job import LONGEST_SUFFIX
from sagemaker_constructs.jobs.job_provider import JobProvider

_LONGEST_NAME = 128


class BatchJob(BaseConstruct):
    """Submits a job of ``definition`` to ``queue`` at creation, and with each new revision of it.

    The deployment waits for the job, and CloudFormation waits an hour at most, for capacity too.
    A failed job fails the deployment with its reason and exit code; deleting the stack, or a rollback, ends it.

    Provisions: ``Custom::SageMakerBatchJob`` (see ``JobProvider``).
    Raises ``InvalidInput`` for a definition whose ``max_runtime`` is over 55 minutes, and for a queue of another
    platform.

    See https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: BatchJobDefinition, queue: SubmissionQueue) -> None:
        super().__init__(scope, id)
        longest = seconds_of(definition.max_runtime) / 60
        reject(self, [in_range("definition.max_runtime", longest, 1, 55, unit="minutes")])
        grants = definition.submit_grants(queue)
        definition.allow_watching(grants)
        grants.allow("batch:ListJobs", on="*", because="The call is not available for a single resource.")
        self._job: CfnResource = JobProvider.of(self).run_request(
            self,
            kind="BatchJob",
            request={"jobQueue": queue.arn, "jobDefinition": definition.revision},
            name_prefix=physical_name(self, _LONGEST_NAME - LONGEST_SUFFIX),
            grants=grants,
            ready=[definition.registered],
        )
        self.job_name: str = self._job.ref

    @property
    def job_id(self) -> str:
        """Batch's identifier of the job."""
        return Token.as_string(self._job.get_att("Id"))
