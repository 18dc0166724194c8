"""A language model that follows instructions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem


@dataclass(frozen=True)
class TextGenerationProblem(AutoMLProblem):
    """Fine-tune a language model on pairs of ``input`` and ``output``.

    ``base_model`` is one of those that Autopilot lists (default of Autopilot: ``Falcon7BInstruct``), and
    ``hyperparameters`` are ``epochCount``, ``batchSize``, ``learningRate`` and ``learningRateWarmupSteps``.
    ``accept_eula`` says that you have read the terms of a model that has some.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TextGenerationJobConfig.html
    """

    member: ClassVar[str] = "TextGenerationJobConfig"

    base_model: str | None = None
    hyperparameters: Mapping[str, str] = field(default_factory=dict[str, str])
    accept_eula: bool = False

    @property
    def config(self) -> Mapping[str, object]:
        """The ``TextGenerationJobConfig``."""
        given = {
            "BaseModelName": self.base_model,
            "TextGenerationHyperParameters": {**self.hyperparameters},
            "ModelAccessConfig": {"AcceptEula": True} if self.accept_eula else None,
        }
        return {name: value for name, value in given.items() if value}
