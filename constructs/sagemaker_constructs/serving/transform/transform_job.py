"""A transform job that runs when its stack is deployed."""

from constructs import Construct

from sagemaker_constructs.jobs.deployed_job import DeployedJob
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform


class TransformJob(DeployedJob):
    """Runs ``definition`` once per change: at creation, and again whenever its model or a setting changes.

    New objects below an unchanged prefix are no change; for those see ``BatchTransform.on_new_data`` and
    ``BatchTransform.schedule``. The deployment waits for the job, and CloudFormation waits at most an hour. A
    failed job fails the deployment with its FailureReason; deleting the stack, or a rollback, stops a running
    job. Results stay.

    Provisions: ``Custom::SageMakerTransformJob`` (see ``JobProvider``).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: BatchTransform) -> None:
        super().__init__(scope, id, definition=definition)
        self.output_url: str = self._attribute("OutputUrl")
