"""What SageMaker Clarify writes of bias and of attributions, so that its tools read this one's.

See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-violations.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-model-attribution-drift-violations.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.attribution import Attributions
from monitor.bias.groups import FacetBias, violations
from monitor.bias.metrics import POST_TRAINING, PRE_TRAINING
from monitor.settings import Settings
from monitor.verdicts import Verdict


def bias_documents(
    facets: Sequence[FacetBias], found: Sequence[Verdict], settings: Settings
) -> dict[str, dict[str, Any]]:
    """`analysis.json` and `constraint_violations.json` of bias."""
    stages = {"pre_training_bias_metrics": PRE_TRAINING, "post_training_bias_metrics": POST_TRAINING}
    analysis: dict[str, Any] = {"version": "1.0"}
    for stage, names in stages.items():
        shown: dict[str, list[dict[str, Any]]] = {}
        for facet in facets:
            values = [{"name": name, "value": facet.metrics[name]} for name in names if name in facet.metrics]
            shown.setdefault(facet.name, []).append({"value_or_threshold": facet.value, "metrics": values})
        analysis[stage] = {"label": settings.truth or "truth", "label_value_or_threshold": settings.positive,
                           "facets": shown}  # fmt: skip
    return {"analysis.json": analysis, "constraint_violations.json": violations(found)}


def attribution_documents(attributions: Attributions, found: Sequence[Verdict]) -> dict[str, dict[str, Any]]:
    """`analysis.json` and `constraint_violations.json` of attributions."""
    means = dict(zip(attributions.features, attributions.means, strict=True))
    listed = [
        {
            "label": "label0",
            "metric_name": "shap",
            "constraint_check_type": "feature_attribution_drift_check",
            "description": each.says,
        }
        for each in found
        if each.check == "attribution" and each.state == "violation"
    ]
    return {
        "analysis.json": {
            "version": "1.0",
            "explanations": {"kernel_shap": {"label0": {"global_shap_values": means}}},
        },
        "constraint_violations.json": {"version": "1.0", "violations": listed},
    }


def bias_entries(
    facets: Sequence[FacetBias], settings: Settings, dimensions: Mapping[str, str], moment: str
) -> list[dict[str, Any]]:
    """Entries of the metrics file, with the dimensions that Clarify gives them."""
    found: list[dict[str, Any]] = []
    for facet in facets:
        for name, value in facet.metrics.items():
            if value is None:
                continue
            given = {
                **dimensions,
                "BiasStage": "Pre-training" if name in PRE_TRAINING else "Post-Training",
                "Label": settings.truth or "truth",
                "LabelValue": settings.positive,
                "Facet": facet.name,
                "FacetValue": facet.value,
            }
            found.append({
                "MetricName": f"bias_metric_{name}",
                "Timestamp": moment,
                "Dimensions": [{"Name": each, "Value": shown} for each, shown in given.items()],
                "Value": value,
            })  # fmt: skip
    return found
