"""A processing job that runs when its stack is deployed."""

from constructs import Construct

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import in_range, reject
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.jobs.deployed_job import DeployedJob


class ProcessingJob(DeployedJob):
    """Runs once per change: at creation, and again whenever image, data location or an argument changes.

    The deployment waits for the job, and CloudFormation waits at most an hour. A failed job fails the deployment with
    its FailureReason; deleting the stack, or a rollback, stops a running job.

    Provisions: ``Custom::SageMakerProcessingJob`` (see ``JobProvider``).
    Raises ``InvalidInput`` for a definition whose ``max_runtime`` is over 55 minutes.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: ProcessingDefinition) -> None:
        super().__init__(scope, id, definition=definition)
        longest = seconds_of(definition.max_runtime) / 60
        reject(self, [in_range("definition.max_runtime", longest, 1, 55, unit="minutes")])
