"""Bias and attributions, checked by Model Monitor with Clarify."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.clarify.clarify_analysis import AnalysisUse, ClarifyAnalysis
from sagemaker_constructs.monitoring.clarify.clarify_definition import grant_predictor
from sagemaker_constructs.monitoring.model_monitor.monitoring_check import MonitoringCheck
from sagemaker_constructs.monitoring.model_monitor.quality_monitoring import truth_input


@dataclass(frozen=True, kw_only=True)
class _ClarifyMonitoring(MonitoringCheck):
    analysis: ClarifyAnalysis

    use: ClassVar[AnalysisUse]

    def image(self) -> ModelImage:
        """Clarify's own."""
        return ModelImage.from_framework("clarify", scope="processing", version="1.0")

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, or could not find."""
        yield from super().problems()
        yield from within("analysis.config", self.analysis.problems(self.use))

    def specification(self, scope: Construct, grants: Grants, *, endpoint_prefix: str) -> dict[str, object]:
        """The analysis configuration, as an asset."""
        prefix = str(self.analysis.predictor.get("endpoint_name_prefix", endpoint_prefix))
        grant_predictor(location_of(scope), self.analysis, prefix, grants)
        named = "endpoint_name" in self.analysis.predictor
        file = self.analysis.asset(scope, "Analysis", **({} if named else {"endpoint_name_prefix": prefix}))
        file.grant_read(grants)
        return {"ConfigUri": file.url}


@dataclass(frozen=True, kw_only=True)
class BiasDriftMonitoring(_ClarifyMonitoring):
    """Checks whether metrics of bias are further from 0 than in the baseline, as ``MonitoringCheck`` says.

    ``analysis`` says who may be disadvantaged, and what is a good answer for them. ``truth`` is that of
    ``ModelQualityMonitoring``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift.html
    """

    truth: ProcessingInput

    type: ClassVar[str] = "ModelBias"
    metrics: ClassVar[str] = "bias-metrics"
    words: ClassVar[str] = "bias"
    analysis_type: ClassVar[str] = "MODEL_BIAS"
    use: ClassVar[AnalysisUse] = "bias drift"

    def grant(self, grants: Grants) -> None:
        """Allow reading what it compares with, and merging it."""
        super().grant(grants)
        self.truth.grant_read(grants)

    def more_input(self) -> dict[str, object]:
        """Where the truth lies."""
        return truth_input(self.truth)


@dataclass(frozen=True, kw_only=True)
class AttributionDriftMonitoring(_ClarifyMonitoring):
    """Checks whether features count as much for predictions as in the baseline, as ``MonitoringCheck`` says.

    ``analysis`` says how SHAP values are computed, and which model is asked for it. Clarify makes an endpoint of that
    model for the time of each job, which is billed.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift.html
    """

    type: ClassVar[str] = "ModelExplainability"
    metrics: ClassVar[str] = "explainability-metrics"
    words: ClassVar[str] = "attributions of features"
    analysis_type: ClassVar[str] = "MODEL_EXPLAINABILITY"
    use: ClassVar[AnalysisUse] = "attribution drift"
