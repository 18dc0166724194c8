"""An Autopilot job that runs when its stack is deployed."""

from constructs import Construct

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, reject
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.deployed_job import DeployedJob
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.training.automl.auto_ml_definition import AutoMLDefinition

WINNER_VARIABLES = {
    "MODEL_NAME": "ModelName",
    "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "Accept",
    "SAGEMAKER_INFERENCE_OUTPUT": "Output",
    "SAGEMAKER_INFERENCE_SUPPORTED": "Supported",
    "SAGEMAKER_PROGRAM": "Program",
    "SAGEMAKER_SUBMIT_DIRECTORY": "SubmitDirectory",
}
"""What Autopilot's container of a table reads, with the attributes that hold it."""


class AutoMLJob(DeployedJob):
    """Searches once per change: at creation, and again whenever place of the data, problem or a limit changes.

    The deployment waits for the job, and CloudFormation waits at most an hour; a longer search belongs into a
    pipeline. A failed job fails the deployment with its FailureReason; deleting the stack, or a rollback, stops a
    running one. What it has left stays: ListCandidatesForAutoMLJob is the leaderboard of ``job_name``,
    ``explainability_url`` and ``insights_url`` are the reports on the best candidate, empty where there is none.

    Provisions: ``Custom::SageMakerAutoMLJobV2`` (see ``JobProvider``).
    Raises ``InvalidInput`` for a definition whose ``max_runtime`` is over 55 minutes.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
    """

    def __init__(self, scope: Construct, id: str, *, definition: AutoMLDefinition) -> None:
        super().__init__(scope, id, definition=definition)
        longest = seconds_of(definition.max_runtime) / 60
        reject(self, [in_range("definition.max_runtime", longest, 1, 55, unit="minutes")])
        self._search = definition
        self.best_candidate_name: str = self._attribute("BestCandidateName")
        self.explainability_url: str = self._attribute("ExplainabilityUrl")
        self.insights_url: str = self._attribute("InsightsUrl")

    @property
    def container(self) -> ModelContainer:
        """The best candidate, for a ``ModelPackageVersion`` or a ``Model``.

        Raises ``InvalidInput`` where Autopilot serves a winner by several containers, or by one for each kind of
        processor: tuned tables, pictures and texts. Register those by a step of a pipeline.
        """
        if not self._search.problem.serves_from_one_container:
            words = "must be a problem whose winner is one container, got"
            reject(self, [Problem("definition.problem", f"{words}: {self._search.problem}")])
        search = self._search
        return ModelContainer(
            ModelImage.from_result(self._attribute("Image")),
            ModelArtifact.from_url(
                self._attribute("ModelArtifactUrl"), bucket=search.output, prefix=search.output_prefix
            ),
            {name: self._attribute(attribute) for name, attribute in WINNER_VARIABLES.items()}
            if search.problem.member == "TabularJobConfig"
            else {},
        )
