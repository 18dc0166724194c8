"""What Clarify computes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, cast

from constructs import Construct

from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.monitoring.clarify.analysis_schema import schema_problems
from sagemaker_constructs.monitoring.own_script import FileAsset

PRE_TRAINING_METRICS = ("CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL")
POST_TRAINING_METRICS = (
    "DPPL", "DI", "DCA", "DCR", "SD", "RD", "DAR", "DRR", "AD", "TE", "CDDPL", "FT", "GE",
)  # fmt: skip
AnalysisUse = Literal["job", "bias drift", "attribution drift"]
_METRICS: Mapping[str, Sequence[str]] = {
    "pre_training_bias": PRE_TRAINING_METRICS,
    "post_training_bias": POST_TRAINING_METRICS,
}
_CONDITIONAL = ("CDDL", "CDDPL")
"""Metrics within the groups of a variable."""
_BIAS = ("label", "label_values_or_threshold", "facet")
_OF_DRIFT: Mapping[str, Sequence[str]] = {
    "bias drift": ("version", "headers", "label", "label_values_or_threshold", "facet", "group_variable"),
    "attribution drift": ("version", "headers", "methods", "predictor"),
}
_FLOATS = ("probability_threshold", "iou_threshold", "context")
"""Clarify refuses whole numbers without a point here."""


@dataclass(frozen=True)
class ClarifyAnalysis:
    """An analysis configuration with the members that Clarify's page gives it, and no others.

    21 metrics of bias, ``shap`` and ``pdp`` are methods of it. For bias drift, Model Monitor takes ``headers``,
    ``label``, ``label_values_or_threshold``, ``facet`` and ``group_variable`` of it, for attribution drift
    ``headers``, ``methods`` with ``shap``, and ``predictor``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-config-json-monitor-bias-parameters.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-config-json-monitor-model-explainability-parameters.html
    """

    config: Mapping[str, object]

    @property
    def predictor(self) -> Mapping[str, Any]:
        """The model that is asked; empty where none is."""
        return cast("Mapping[str, Any]", self.config.get("predictor") or {})

    def problems(self, use: AnalysisUse = "job") -> Iterator[Problem]:
        """What Clarify refuses, or cannot compute."""
        given = self.config
        if use != "job":
            yield from (problem for name in given if (problem := one_of(name, name, _OF_DRIFT[use])) is not None)
            # A monitor knows the format of what was captured, and of bias drift all methods.
            given = {"dataset_type": "text/csv", "methods": dict[str, object](), **given}
        found = list(schema_problems(given))
        yield from found
        if found:
            return
        methods = cast("Mapping[str, Any]", given["methods"])
        if use == "bias drift" or _METRICS.keys() & methods.keys():
            yield from self._bias_problems(methods)
        yield from self._column_problems()
        if use == "attribution drift" and "shap" not in methods:
            yield Problem("methods.shap", "is required")
        if use == "job":
            yield from self._job_problems(methods)
        yield from self._predictor_problems()

    def document(self, **more: object) -> dict[str, object]:
        """The configuration with ``more`` members of ``predictor``."""
        whole = cast("dict[str, object]", _with_floats(self.config))
        if more and self.predictor:
            whole["predictor"] = {**cast("Mapping[str, object]", whole["predictor"]), **more}
        return whole

    def asset(self, scope: Construct, id: str, **more: object) -> FileAsset:
        """The configuration as an asset, with ``more`` members of ``predictor``."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "analysis_config.json"
            path.write_text(json_text(scope, self.document(**more)), encoding="utf-8")
            return FileAsset.of(scope, id, path)

    def _bias_problems(self, methods: Mapping[str, Any]) -> Iterator[Problem]:
        for name in _BIAS:
            if not self.config.get(name):
                yield Problem(name, "is required for bias")
        for method, known in _METRICS.items():
            named: str | Sequence[str] = methods.get(method, {}).get("methods", "all")
            if named == "all":
                continue
            path = f"methods.{method}.methods"
            if isinstance(named, str):
                yield Problem(path, f"must be 'all' or a list of metrics, got: {named!r}")
                continue
            for number, each in enumerate(named):
                if problem := one_of(f"{path}[{number}]", each, known):
                    yield problem
                if each in _CONDITIONAL and "group_variable" not in self.config:
                    yield Problem("group_variable", f"is required for {each}")

    def _job_problems(self, methods: Mapping[str, Any]) -> Iterator[Problem]:
        if not methods.keys() - {"report"}:
            yield Problem("methods", "must have at least one method beside report")
        predicted = {"predicted_label", "predicted_label_dataset_uri"} & self.config.keys()
        for name in ("post_training_bias", "shap", "pdp", "asymmetric_shapley_value"):
            if name in methods and not self.predictor and not (predicted and name == "post_training_bias"):
                instead = " or predicted_label" if name == "post_training_bias" else ""
                yield Problem("predictor", f"is required for {name}, as a model has to be asked{instead}")
        if "pdp" in methods and "shap" not in methods and not methods["pdp"].get("features"):
            yield Problem("methods.pdp.features", "is required without shap, which would tell the top features")
        if "asymmetric_shapley_value" in methods and "time_series_data_config" not in self.config:
            yield Problem("time_series_data_config", "is required for asymmetric_shapley_value")
        if str(self.config["dataset_type"]).lower() == "application/jsonlines" and not self.config.get("features"):
            yield Problem("features", "is required for application/jsonlines")

    def _column_problems(self) -> Iterator[Problem]:
        """Columns that are named, where the names of all columns are known."""
        headers = cast("Sequence[str]", self.config.get("headers") or ())
        tabular = str(self.config.get("dataset_type", "text/csv")).lower() in ("text/csv", "application/x-parquet")
        if not headers or not tabular:
            return
        named: dict[str, object] = {name: self.config.get(name) for name in ("label", "group_variable")}
        if "facet_dataset_uri" not in self.config:
            facets = cast("Sequence[Mapping[str, object]]", self.config.get("facet") or ())
            named |= {f"facet[{number}].name_or_index": each["name_or_index"] for number, each in enumerate(facets)}
        for path, name in named.items():
            if isinstance(name, str) and (problem := one_of(path, name, headers)):
                yield problem
            if isinstance(name, int) and not 0 <= name < len(headers):
                yield Problem(path, f"must be below {len(headers)}, the number of headers, got: {name}")

    def _predictor_problems(self) -> Iterator[Problem]:
        given = self.predictor
        if not given:
            return
        of_model = {"model_name", "instance_type", "initial_instance_count"}
        if "endpoint_name" in given:
            for name in sorted(of_model & given.keys()):
                yield Problem(f"predictor.{name}", "must be left out beside endpoint_name")
        elif missing := sorted(of_model - given.keys()):
            yield Problem("predictor", f"must have endpoint_name, or else {', '.join(missing)}")


def _with_floats(value: object, name: str = "") -> object:
    if isinstance(value, Mapping):
        return {key: _with_floats(each, str(key)) for key, each in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_with_floats(each) for each in cast("Sequence[object]", value)]
    return float(value) if name in _FLOATS and isinstance(value, int) else value
