"""Hyperparameter tuning jobs and Autopilot: what is searched, and how."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, Request, indexed, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateHyperParameterTuningJob"
_CONFIG = "HyperParameterTuningJobConfig"
_HOW = f"{GUIDE}/automatic-model-tuning-how-it-works.html"
_SCALING = f"{GUIDE}/automatic-model-tuning-define-ranges.html"
_HYPERBAND = f"{API}/API_HyperbandStrategyConfig.html"
_NUMERIC = ("IntegerParameterRanges", "ContinuousParameterRanges")
_MOST_RANGES = 30
_MOST_RESOURCE = 20_000

EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Hyperparameters from which Hyperband takes the longest run, where none is given."""


def _config(call: Call) -> Mapping[str, Any]:
    return call.request.get(_CONFIG) or {}


def _hyperband(call: Call) -> Mapping[str, Any]:
    strategy: dict[str, Any] = _config(call).get("StrategyConfig") or {}
    return strategy.get("HyperbandStrategyConfig") or {}


def _definitions(call: Call) -> Iterator[tuple[str, Request]]:
    alone = call.request.get("TrainingJobDefinition")
    if alone:
        yield "TrainingJobDefinition", alone
    yield from indexed("TrainingJobDefinitions", call.request.get("TrainingJobDefinitions") or ())


def _searched(call: Call) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The ranges of each algorithm, with their path."""
    shared = _config(call).get("ParameterRanges")
    if shared:
        yield f"{_CONFIG}.ParameterRanges", shared
    for path, definition in _definitions(call):
        if definition.get("HyperParameterRanges"):
            yield f"{path}.HyperParameterRanges", definition["HyperParameterRanges"]


def _numbers(call: Call) -> Iterator[tuple[str, str, float, float, Request]]:
    """Path, group, ends and whole of each range of numbers."""
    for path, ranges in _searched(call):
        for group in _NUMERIC:
            for place, tried in indexed(f"{path}.{group}", ranges.get(group) or ()):
                low, high = tried["MinValue"], tried["MaxValue"]
                if not (is_token(low) or is_token(high)):
                    yield place, group, float(low), float(high), tried


def _ends(tried: Request) -> str:
    return f"{tried['MinValue']} to {tried['MaxValue']}"


@rule(_CREATE, _SCALING, read="2026-11-24", confidence="inferred")
def ranges_begin_below_their_maximum(call: Call) -> Iterator[Broken]:
    """A range of a hyperparameter begins below its maximum."""
    for path, _, low, high, tried in _numbers(call):
        if low >= high:
            yield path, _ends(tried)


@rule(_CREATE, _SCALING, read="2026-11-24")
def logarithmic_ranges_are_positive(call: Call) -> Iterator[Broken]:
    """Logarithmic scaling of a hyperparameter requires a range of values greater than 0."""
    for path, _, low, _, tried in _numbers(call):
        if tried.get("ScalingType") == "Logarithmic" and low <= 0:
            yield path, _ends(tried)


@rule(_CREATE, _SCALING, read="2026-11-24")
def reverse_logarithmic_ranges_lie_below_one(call: Call) -> Iterator[Broken]:
    """Reverse logarithmic scaling of a hyperparameter requires a continuous range from 0 to below 1."""
    for path, group, low, high, tried in _numbers(call):
        fits = group == "ContinuousParameterRanges" and low >= 0 and high < 1
        if tried.get("ScalingType") == "ReverseLogarithmic" and not fits:
            yield path, _ends(tried)


@rule(_CREATE, f"{API}/API_ParameterRanges.html", read="2026-11-24")
def a_search_has_30_hyperparameters(call: Call) -> Iterator[Broken]:
    """A tuning job supports a maximum of 30 hyperparameters."""
    for path, ranges in _searched(call):
        number = sum(len(ranges.get(group) or ()) for group in (*_NUMERIC, "CategoricalParameterRanges"))
        if number > _MOST_RANGES:
            yield path, number


@rule(_CREATE, _HOW, read="2026-11-24", confidence="inferred")
def grid_searches_are_categorical(call: Call) -> Iterator[Broken]:
    """The Grid strategy supports categorical ranges only."""
    groups = [ranges.get(group) or () for _, ranges in _searched(call) for group in _NUMERIC]
    others = [tried["Name"] for group in groups for tried in group]
    if _config(call).get("Strategy") == "Grid" and others:
        yield f"{_CONFIG}.Strategy", f"ranges of numbers for {', '.join(others)}"


@rule(_CREATE, _HOW, read="2026-11-24", confidence="inferred")
def grid_searches_run_each_combination(call: Call) -> Iterator[Broken]:
    """MaxNumberOfTrainingJobs of the Grid strategy equals the number of combinations, where it is specified."""
    limits: dict[str, Any] = _config(call).get("ResourceLimits") or {}
    jobs = limits.get("MaxNumberOfTrainingJobs")
    if _config(call).get("Strategy") != "Grid" or jobs is None or is_token(jobs):
        return
    tried = [ranges.get("CategoricalParameterRanges") or () for _, ranges in _searched(call)]
    if any(is_token(each["Values"]) for group in tried for each in group):
        return
    combinations = sum(math.prod(len(each["Values"]) for each in group) for group in tried)
    if jobs != combinations:
        yield f"{_CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs", f"{jobs} for {combinations} combinations"


@rule(_CREATE, f"{API}/API_HyperParameterTuningJobConfig.html", read="2026-11-24")
def hyperband_stops_jobs_by_itself(call: Call) -> Iterator[Broken]:
    """TrainingJobEarlyStoppingType must be Off for the Hyperband strategy."""
    stopping = _config(call).get("TrainingJobEarlyStoppingType", "Off")
    if _config(call).get("Strategy") == "Hyperband" and stopping == "Auto":
        yield f"{_CONFIG}.TrainingJobEarlyStoppingType", stopping


@rule(_CREATE, _HYPERBAND, read="2026-11-24")
def hyperband_is_configured_for_hyperband(call: Call) -> Iterator[Broken]:
    """HyperbandStrategyConfig must be specified for the Hyperband strategy only."""
    strategy = _config(call).get("Strategy")
    if _hyperband(call) and strategy != "Hyperband" and not is_token(strategy):
        yield f"{_CONFIG}.Strategy", strategy


@rule(_CREATE, _HYPERBAND, read="2026-11-24")
def hyperband_has_a_longest_run(call: Call) -> Iterator[Broken]:
    """Hyperband requires MaxResource, or a static hyperparameter such as epochs from which it can be inferred."""
    if _config(call).get("Strategy") != "Hyperband" or "MaxResource" in _hyperband(call):
        return
    for _, definition in _definitions(call):
        if not any(name in (definition.get("StaticHyperParameters") or {}) for name in EPOCHS):
            yield f"{_CONFIG}.Strategy", "neither"


@rule(_CREATE, _HYPERBAND, read="2026-11-24")
def hyperband_runs_for_20000_epochs(call: Call) -> Iterator[Broken]:
    """MaxResource of Hyperband must be at most 20000."""
    most = _hyperband(call).get("MaxResource")
    if most is not None and not is_token(most) and most > _MOST_RESOURCE:
        yield f"{_CONFIG}.StrategyConfig.HyperbandStrategyConfig.MaxResource", most


@rule(_CREATE, _HYPERBAND, read="2026-11-24", confidence="inferred")
def hyperband_begins_below_its_longest_run(call: Call) -> Iterator[Broken]:
    """MinResource of Hyperband must be less than MaxResource."""
    least, most = _hyperband(call).get("MinResource"), _hyperband(call).get("MaxResource")
    if least is not None and most is not None and not (is_token(least) or is_token(most)) and least >= most:
        yield f"{_CONFIG}.StrategyConfig.HyperbandStrategyConfig.MinResource", least


@rule(_CREATE, f"{API}/API_CreateHyperParameterTuningJob.html", read="2026-11-24", enforced=("emulator",))
def a_search_trains_something(call: Call) -> Iterator[Broken]:
    """A tuning job has either TrainingJobDefinition or TrainingJobDefinitions."""
    alone, several = call.request.get("TrainingJobDefinition"), call.request.get("TrainingJobDefinitions")
    if bool(alone) == bool(several):
        yield "TrainingJobDefinition", "both" if alone else "neither"


_CREATE_AUTOML = "CreateAutoMLJobV2"
_PROBLEM = "AutoMLProblemTypeConfig"
_AUTOML_METRIC = "AutoMLJobObjective.MetricName"
_TABLE = "TabularJobConfig"

_OF_TABLES: Mapping[str, tuple[str, ...]] = {
    "Regression": ("MAE", "MSE", "R2", "RMSE"),
    "BinaryClassification": ("Accuracy", "AUC", "BalancedAccuracy", "F1", "Precision", "Recall"),
    "MulticlassClassification": ("Accuracy", "BalancedAccuracy", "F1macro", "PrecisionMacro", "RecallMacro"),
}
_OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    "ImageClassificationJobConfig": ("Accuracy",),
    "TextClassificationJobConfig": ("Accuracy",),
    "TimeSeriesForecastingJobConfig": ("RMSE", "AverageWeightedQuantileLoss", "MASE", "MAPE", "WAPE"),
    "TextGenerationJobConfig": (),
}


def _automl_problems(call: Call) -> Iterator[tuple[str, Mapping[str, Any]]]:
    given: dict[str, Any] = call.request.get(_PROBLEM) or {}
    yield from given.items()


def _automl_metric(call: Call) -> str | None:
    objective: dict[str, str] = call.request.get("AutoMLJobObjective") or {}
    return objective.get("MetricName")


@rule(_CREATE_AUTOML, f"{API}/API_AutoMLJobCompletionCriteria.html", read="2026-11-29")
def only_tables_are_tried_by_many_candidates(call: Call) -> Iterator[Broken]:
    """MaxCandidates is 1 for all types of problem but tables."""
    for name, config in _automl_problems(call):
        criteria: dict[str, Any] = config.get("CompletionCriteria") or {}
        most = criteria.get("MaxCandidates", 1)
        if name != _TABLE and not is_token(most) and most != 1:
            yield f"{_PROBLEM}.{name}.CompletionCriteria.MaxCandidates", f"{most} for {name}"


@rule(_CREATE_AUTOML, f"{API}/API_AutoMLJobObjective.html", read="2026-11-29")
def a_metric_fits_its_type_of_problem(call: Call) -> Iterator[Broken]:
    """The MetricName of an AutoMLJobObjective is one that its type of problem has."""
    metric = _automl_metric(call)
    for name, config in _automl_problems(call):
        kind = config.get("ProblemType", "") if name == _TABLE else name
        fitting = {**_OF_TABLES, **_OF_OTHERS}.get(kind)
        if metric and fitting is not None and not is_token(metric) and metric not in fitting:
            yield _AUTOML_METRIC, f"{metric} for {kind}; allowed: {', '.join(fitting) or 'none'}"


@rule(_CREATE_AUTOML, f"{API}/API_TabularJobConfig.html", read="2026-11-29")
def tables_have_both_a_type_and_a_metric_or_neither(call: Call) -> Iterator[Broken]:
    """A TabularJobConfig has a ProblemType where the job has an AutoMLJobObjective, and only there."""
    for name, config in _automl_problems(call):
        kind, metric = config.get("ProblemType"), _automl_metric(call)
        if name == _TABLE and bool(kind) != bool(metric):
            yield f"{_PROBLEM}.{name}.ProblemType", f"{kind} with {metric}"
