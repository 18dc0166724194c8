"""A tuning job as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression, join
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import DefinitionStep, Text, changed, grant_read_encrypted
from sagemaker_constructs.pipelines.steps.jobs.training_step import as_texts, with_channels
from sagemaker_constructs.pipelines.steps.step import JobStepOptions
from sagemaker_constructs.storage.object_access import bucket_facts
from sagemaker_constructs.training.tuning.tuning_definition import TuningDefinition

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import TuningResult


class TuningStep(DefinitionStep):
    """Tunes as ``tuning`` says, with values of this pipeline; ``best_model`` is the artifact of the winner.

    ``channels`` are S3 URLs, mostly results of other steps, for the channels of all its algorithms.
    ``hyperparameters`` add to those that are not searched. ``changes`` replace members of the
    CreateHyperParameterTuningJob request.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Tuning"

    def __init__(
        self,
        name: str,
        tuning: TuningDefinition,
        *,
        channels: Mapping[str, Text] | None = None,
        hyperparameters: Mapping[str, Plain | Expression] | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, tuning, changes or {}, options)
        self._tuning = tuning
        self._channels = dict(channels or {})
        self._hyperparameters = dict(hyperparameters or {})
        self.properties: TuningResult = result_of_step("Tuning", name)

    def best_model(self, place: int = 0) -> Expression:
        """The S3 URL of the model that did best, or, with ``place`` up to 49, of one that came after it.

        Raises ``InvalidInput`` where algorithms write to different places: which one wins shows at run time only.
        """
        trainings = [each.training for each in self._tuning.algorithms.values()]
        places = {(bucket_facts(each.output).name, each.output_prefix) for each in trainings}
        if len(places) > 1 or not 0 <= place <= 49:
            words = "must be one of 50 jobs that write to one bucket and prefix, got"
            raise InvalidInput(self.name, [Problem("best_model", f"{words}: place {place} of {len(places)} places")])
        [(bucket, prefix)] = places
        job = self.properties.TrainingJobSummaries[place].TrainingJobName
        return join(f"s3://{bucket}/{prefix}", job, "output/model.tar.gz", on="/")

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        fixed = {"StaticHyperParameters": as_texts(self._hyperparameters)} if self._hyperparameters else {}
        own: dict[str, object] = {}
        if alone := request.get("TrainingJobDefinition"):
            own["TrainingJobDefinition"] = with_channels(changed(cast(Any, alone), fixed), self._channels)
        if several := cast(Any, request.get("TrainingJobDefinitions")):
            own["TrainingJobDefinitions"] = [with_channels(changed(each, fixed), self._channels) for each in several]
        return {**request, **own}

    def grant_read_result(self, asked: str, grants: Grants) -> None:
        """Allow reading the models of all training jobs."""
        if asked.startswith(("TrainingJobSummaries", "BestTrainingJob")):
            for given in (each.training for each in self._tuning.algorithms.values()):
                grant_read_encrypted(given.output, given.output_prefix, given.encryption_key, grants)
