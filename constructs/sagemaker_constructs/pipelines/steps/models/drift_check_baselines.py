"""What later data and versions are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.models.model_metrics import RegisteredFiles


@dataclass(frozen=True)
class DriftCheckBaselines(RegisteredFiles):
    """Baselines of a version: S3 URLs of JSON files, such as what a ``QualityCheckStep`` or a monitor calculates.

    A check of a later pipeline compares with those of the latest approved version of its group. ``quality`` and
    ``data_quality`` are statistics; the constraints are what must hold. ``bias_config`` and
    ``explainability_config`` are configurations of SageMaker Clarify.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
    """

    places: ClassVar[Mapping[str, tuple[str, str]]] = {
        "quality": ("ModelQuality", "Statistics"),
        "quality_constraints": ("ModelQuality", "Constraints"),
        "data_quality": ("ModelDataQuality", "Statistics"),
        "data_quality_constraints": ("ModelDataQuality", "Constraints"),
        "bias_config": ("Bias", "ConfigFile"),
        "pre_training_bias_constraints": ("Bias", "PreTrainingConstraints"),
        "post_training_bias_constraints": ("Bias", "PostTrainingConstraints"),
        "explainability_config": ("Explainability", "ConfigFile"),
        "explainability_constraints": ("Explainability", "Constraints"),
    }
    quality: Text | None = None
    quality_constraints: Text | None = None
    data_quality: Text | None = None
    data_quality_constraints: Text | None = None
    bias_config: Text | None = None
    pre_training_bias_constraints: Text | None = None
    post_training_bias_constraints: Text | None = None
    explainability_config: Text | None = None
    explainability_constraints: Text | None = None
