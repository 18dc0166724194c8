"""The three files and the metrics of SageMaker Model Monitor, so that its tools and dashboards read this one's.

See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-outputs.html
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from monitor.answers import Answers
from monitor.counts import FeatureCounts
from monitor.reference.baseline import FeatureBaseline
from monitor.settings import Settings
from monitor.verdicts import Verdict

_CHECKS = {
    "drift": "baseline_drift_check",
    "missing": "completeness_check",
    "unreadable": "data_type_check",
    "unknown category": "categorical_values_check",
    "out of range": "baseline_drift_check",
    "fewer columns": "missing_column_check",
    "more columns": "extra_column_check",
    "lost rows": "data_type_check",
}
_BUCKETS = 10
_LARGEST = 1e9
"""A constant that is one no longer has moved by more than any number says."""


def statistics(features: Sequence[FeatureBaseline], counts: Mapping[str, FeatureCounts]) -> dict[str, Any]:
    """The document `statistics.json`."""
    items = max((each.rows for each in counts.values()), default=0)
    shown = [_statistics(each, counts[each.name]) for each in features if each.name in counts]
    return {"version": 0.0, "dataset": {"item_count": items}, "features": shown}


def constraints(features: Sequence[FeatureBaseline], settings: Settings) -> dict[str, Any]:
    """The document `constraints.json`."""
    return {
        "version": 0.0,
        "features": [_constraints(each) for each in features],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1 - settings.bad_share,
            "domain_content_threshold": 1 - settings.bad_share,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": settings.moved_distance,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": settings.moved_share,
                "categorical_drift_method": "ChiSquared",
            },
        },
    }


def violations(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """The document `constraint_violations.json`."""
    return {
        "violations": [
            {"feature_name": each.feature, "constraint_check_type": _CHECKS[each.check], "description": each.says}
            for each in verdicts
            if each.state == "violation" and each.check in _CHECKS
        ]
    }


def model_metrics(
    answers: Answers, found: Sequence[Verdict], dimensions: Mapping[str, str], moment: str
) -> list[dict[str, Any]]:
    """Entries of the metrics file for the quality of a model, how much truth is known, and the order of features."""
    values: dict[str, float] = {}
    if answers.quality:
        values = {name: each.value for name, each in answers.quality.metrics.items()}
    if answers.arrivals and answers.arrivals.coverage is not None:
        values["truth_coverage"] = answers.arrivals.coverage
    for each in found:
        if each.check == "attribution":
            values["attribution_ndcg"] = 1 - each.effect
    given = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return [
        {"MetricName": name, "Timestamp": moment, "Dimensions": given, "Value": float(value)}
        for name, value in values.items()
    ]


def metrics(
    features: Sequence[FeatureBaseline],
    counts: Mapping[str, FeatureCounts],
    verdicts: Sequence[Verdict],
    dimensions: Mapping[str, str],
    moment: str,
) -> list[dict[str, Any]]:
    """Entries of the metrics file, one a line, which SageMaker publishes to CloudWatch."""
    given = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    drifts = {each.feature: each for each in verdicts if each.check == "drift" and each.state != "not enough"}
    found: list[dict[str, Any]] = []
    for feature in features:
        if (has := counts.get(feature.name)) is None:
            continue
        values = {
            "feature_null": has.missing,
            "feature_non_null": has.rows - has.missing,
            "feature_completeness": (has.rows - has.missing) / has.rows if has.rows else 0.0,
            "feature_estimated_unique_values": has.distinct,
        }
        if feature.name in drifts:
            values["feature_baseline_drift"] = min(drifts[feature.name].effect, _LARGEST)
        if has.mean is not None:
            values["feature_data"] = has.mean
        found += [
            {"MetricName": f"{name}_{feature.name}", "Timestamp": moment, "Dimensions": given, "Value": float(value)}
            for name, value in values.items()
        ]
    return found


def write_documents(folder: Path, documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Write documents of JSON by the name of their file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        # A baseline of many hours is long, and nobody reads its counts.
        form: dict[str, Any] = {"separators": (",", ":")} if "monitor" in document else {"indent": 2}
        (folder / name).write_text(json.dumps(_finite(document), allow_nan=False, **form) + "\n")


def _finite(value: Any) -> Any:
    """A document without numbers that JSON lacks: what is beyond all measure is as large as can be told."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else math.copysign(_LARGEST, value)
    return value


def _inferred(feature: FeatureBaseline) -> str:
    return "String" if feature.numbers is None else "Integral" if feature.whole else "Fractional"


def _statistics(feature: FeatureBaseline, counts: FeatureCounts) -> dict[str, Any]:
    common = {"num_present": counts.rows - counts.missing, "num_missing": counts.missing}
    shown: dict[str, Any] = {"name": feature.name, "inferred_type": _inferred(feature)}
    if feature.numbers is None:
        named = zip([*feature.categories, "others"], counts.counts, strict=True)
        buckets = [{"value": value, "count": count} for value, count in named if count]
        shown["string_statistics"] = {
            "common": common,
            "distinct_count": counts.distinct,
            "distribution": {"categorical": {"buckets": buckets}},
        }
        return shown
    numbers = counts.rows - counts.missing - counts.unreadable
    shown["numerical_statistics"] = {
        "common": common,
        "mean": counts.mean or 0.0,
        "sum": (counts.mean or 0.0) * numbers,
        "std_dev": counts.deviation or 0.0,
        "min": counts.minimum or 0.0,
        "max": counts.maximum or 0.0,
        "distribution": {"kll": {"buckets": _buckets(feature, counts), "sketch": _sketch(feature, counts)}},
    }
    return shown


def _buckets(feature: FeatureBaseline, counts: FeatureCounts) -> list[dict[str, float]]:
    """Ten buckets of equal width, as Model Monitor has them, of our bins by their centres."""
    low, high = counts.minimum or 0.0, counts.maximum or 0.0
    width = (high - low) / _BUCKETS
    sums = [0] * _BUCKETS
    centres = feature.numbers.centres if feature.numbers else []
    for centre, count in zip(centres, counts.counts, strict=True):
        place = min(max(int((centre - low) / width), 0), _BUCKETS - 1) if width > 0 else 0
        sums[place] += count
    return [
        {"lower_bound": low + place * width, "upper_bound": low + (place + 1) * width, "count": count}
        for place, count in enumerate(sums)
    ]


def _sketch(feature: FeatureBaseline, counts: FeatureCounts) -> dict[str, Any]:
    centres = list(feature.numbers.centres) if feature.numbers else []
    present = [centre for centre, count in zip(centres, counts.counts, strict=True) if count]
    return {"parameters": {"c": 0.64, "k": 2048.0}, "data": [present]}


def _constraints(feature: FeatureBaseline) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": feature.name,
        "inferred_type": _inferred(feature),
        "completeness": (feature.rows - feature.missing) / feature.rows if feature.rows else 0.0,
    }
    if feature.numbers:
        shown["num_constraints"] = {"is_non_negative": feature.numbers.minimum >= 0}
    elif feature.categories and not feature.others:
        shown["string_constraints"] = {"domains": list(feature.categories)}
    return shown
