"""The classic experiment that records a pipeline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.pipelines.references.definition_part import written
from sagemaker_constructs.pipelines.references.execution import Execution
from sagemaker_constructs.pipelines.steps.definition_step import Text

_NAME = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}"
_WORDS = "named with at most 120 letters, digits and -"


@dataclass(frozen=True)
class PipelineExperiment:
    """The experiment ``name``, which SageMaker makes if there is none, with ``trial`` for an execution.

    Both may have values of the execution and parameters; the trial is by default called as the execution is. Jobs
    of its steps become components of the trial.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-experiments.html
    """

    name: Text
    trial: Text | None = None

    def problems(self) -> Iterator[Problem | None]:
        """Names that SageMaker refuses."""
        for place, value in {"name": self.name, "trial": self.trial}.items():
            yield matches(place, value, _NAME, _WORDS) if isinstance(value, str) else None

    def document(self) -> Mapping[str, object]:
        """``PipelineExperimentConfig``."""
        trial = Execution.ID if self.trial is None else self.trial
        return {"ExperimentName": written(self.name), "TrialName": written(trial)}
