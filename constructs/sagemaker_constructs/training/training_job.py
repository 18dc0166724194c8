"""A training job that runs when its stack is deployed."""

from constructs import Construct

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import in_range, reject
from sagemaker_constructs.jobs.deployed_job import DeployedJob
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.training.training_definition import TrainingDefinition


class TrainingJob(DeployedJob):
    """Trains once per change: at creation, and again whenever image, data location or a parameter changes.

    The deployment waits for the job, and CloudFormation waits at most an hour; ``StartedJob`` starts longer ones. A
    failed job fails the deployment with its FailureReason; deleting the stack, or a rollback, stops a running job.

    Provisions: ``Custom::SageMakerTrainingJob`` (see ``JobProvider``).
    Raises ``InvalidInput`` for a definition whose ``max_runtime`` is over 55 minutes.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: TrainingDefinition) -> None:
        super().__init__(scope, id, definition=definition)
        longest = seconds_of(definition.max_runtime) / 60
        reject(self, [in_range("definition.max_runtime", longest, 1, 55, unit="minutes")])
        self._definition = definition
        self.artifact_url: str = self._attribute("ModelArtifactUrl")

    @property
    def artifact(self) -> ModelArtifact:
        """The trained model, for a ``Model`` in the same app."""
        definition = self._definition
        return ModelArtifact.from_url(self.artifact_url, bucket=definition.output, prefix=definition.output_prefix)
