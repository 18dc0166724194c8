"""A notebook job as a step."""

from collections.abc import Mapping
from typing import Unpack

from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression, join
from sagemaker_constructs.pipelines.steps.definition_step import Text, changed, of_this_execution
from sagemaker_constructs.pipelines.steps.jobs.training_step import TrainingStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions
from sagemaker_constructs.storage.object_access import bucket_facts
from sagemaker_constructs.training.notebook import Notebook, parameter_problems
from sagemaker_constructs.training.training_definition import TrainingDefinition


class NotebookJobStep(TrainingStep):
    """Runs the ``Notebook`` that is the source of ``notebook``, with values of this pipeline.

    A notebook job is a training job, and the step one of type ``Training``: what the notebook writes to
    ``/opt/ml/model`` is ``properties.ModelArtifacts.S3ModelArtifacts``. ``parameters`` become variables of the
    notebook, as text. ``channels``, ``environment`` and ``changes`` are those of a ``TrainingStep``. Outputs go below
    the prefix of the definition, in a folder of the execution and the step; ``outputs`` is the archive in it that has
    the executed notebook.

    Raises ``InvalidInput`` for a definition without a ``Notebook``, and parameters that are no names of variables.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/create-notebook-auto-run-sdk.html
    """

    def __init__(
        self,
        name: str,
        notebook: TrainingDefinition,
        *,
        parameters: Mapping[str, Plain | Expression] | None = None,
        channels: Mapping[str, Text] | None = None,
        environment: Mapping[str, Text] | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        refused = [*parameter_problems("parameters", parameters or {})]
        if not isinstance(notebook.source, Notebook):
            refused.append(Problem("notebook", f"must have a Notebook as its source, got: {notebook.source}"))
        if refused:
            raise InvalidInput(name, refused)
        super().__init__(
            name,
            notebook,
            channels=channels,
            hyperparameters=parameters,
            environment=environment,
            changes=changes,
            **options,
        )
        self._place = of_this_execution(bucket_facts(notebook.output).url(notebook.output_prefix), name)

    @property
    def outputs(self) -> Expression:
        """The S3 URL of the executed notebook in an archive, with what it wrote to ``/opt/ml/output/data``."""
        place, job = self.properties.OutputDataConfig.S3OutputPath, self.properties.TrainingJobName
        return join(place, job, "output/output.tar.gz", on="/")

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        return changed(super()._own(request), {"OutputDataConfig": {"S3OutputPath": self._place}})
