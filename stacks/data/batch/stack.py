"""A queue of AWS Batch, and the jobs that it is there for."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.data.batch.batch_job_definition import BatchJobDefinition
from sagemaker_constructs.data.batch.batch_queue import BatchQueue
from sagemaker_constructs.data.batch.batch_retries import BatchRetries
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from stacks.data.batch.settings import BatchJobSettings, BatchSettings
from stacks.foundation.stack import FoundationStack


class BatchStack(Stack):
    """A queue in the platform's network, and jobs over its bucket for data, whose failures are told."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: BatchSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Containers on AWS Batch")
        self._settings = settings
        self._foundation = foundation
        if foundation.placement is None:
            reject(self, [Problem("network", "must be there for jobs of Batch, got: none")])
            return
        wait = settings.longest_wait_minutes
        self._queue = BatchQueue(
            self,
            "Queue",
            placement=foundation.placement,
            capacity=settings.capacity(),
            longest_wait=minutes(wait) if wait else None,
        )
        self._queue.on_failure("Failures", topic=foundation.alarms)
        names = [self._job(name, job) for name, job in settings.jobs.items()]
        CfnOutput(self, "JobQueueArn", value=self._queue.arn)
        CfnOutput(self, "JobDefinitions", value=",".join(names))

    def _job(self, name: str, job: BatchJobSettings) -> str:
        data = self._foundation.data
        definition = BatchJobDefinition(
            self,
            f"job-{name}",
            image=ModelImage.from_directory(job.image),
            command=job.command,
            inputs={
                folder: ProcessingInput(
                    data, prefix, "ShardedByS3Key" if folder in job.divided else "FullyReplicated"
                )
                for folder, prefix in job.inputs.items()
            },
            outputs={folder: ProcessingOutput(data, prefix) for folder, prefix in job.outputs.items()},
            platform=self._settings.platform,
            size=job.size(),
            max_runtime=minutes(job.max_runtime_minutes),
            retries=BatchRetries(job.attempts),
            encryption_key=self._foundation.key,
            log_removal_policy=self._foundation.removal_policy,
        )
        if job.schedule:
            definition.schedule(
                "Schedule", job.schedule, queue=self._queue, array_size=job.array_size, timezone=job.time_zone
            )
        return definition.name
