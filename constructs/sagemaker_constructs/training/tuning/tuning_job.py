"""A tuning job that runs when its stack is deployed."""

from constructs import Construct

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, reject
from sagemaker_constructs.jobs.deployed_job import DeployedJob
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.training.tuning.tuning_definition import TuningDefinition


class TuningJob(DeployedJob):
    """Tunes once per change: at creation, and again whenever data, ranges or limits change.

    The deployment waits for the job, and CloudFormation waits at most an hour; a longer search belongs into a
    pipeline. A failed job fails the deployment with its FailureReason; deleting the stack, or a rollback, stops a
    running job and its training jobs.

    Provisions: ``Custom::SageMakerHyperParameterTuningJob`` (see ``JobProvider``).
    Raises ``InvalidInput`` for a definition whose ``max_runtime`` is over 55 minutes.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: TuningDefinition) -> None:
        super().__init__(scope, id, definition=definition)
        longest = seconds_of(definition.max_runtime) / 60
        reject(self, [in_range("definition.max_runtime", longest, 2, 55, unit="minutes")])
        self._tuned = definition
        self.best_training_job_name: str = self._attribute("BestTrainingJobName")

    @property
    def artifact(self) -> ModelArtifact:
        """The model of the best training job, for a ``Model`` in the same app.

        Raises ``InvalidInput`` where algorithms write to different places: which one wins shows at deployment only.
        """
        trainings = [each.training for each in self._tuned.algorithms.values()]
        places = {(training.output.bucket_name, training.output_prefix) for training in trainings}
        if len(places) > 1:
            words = "must write to one bucket and prefix for the artifact of the best job to be known, got"
            reject(self, [Problem("definition.algorithms", f"{words}: {len(places)} places")])
        first = trainings[0]
        url = first.output.s3_url_for_object(
            f"{first.output_prefix}/{self.best_training_job_name}/output/model.tar.gz"
        )
        return ModelArtifact.from_url(url, bucket=first.output, prefix=first.output_prefix)
