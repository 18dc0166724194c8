"""Tuning jobs that break a rule."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.training import (
    CategoricalRange,
    ContinuousRange,
    IntegerRange,
    Objective,
    SearchStrategy,
    TrainingDefinition,
    TunedAlgorithm,
    TuningDefinition,
)
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange

_LIMITS = {"MaxParallelTrainingJobs": 1, "MaxNumberOfTrainingJobs": 1}
_UNLIMITED = {"MaxParallelTrainingJobs": 1}
_WORDS = {"CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbdt", "dart"]}]}
_GRID = SearchStrategy.grid()


def _training(**members: object) -> Request:
    return {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": AWS_IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


def _job(*, training: Request | None = None, ranges: Request = _WORDS, **config: object) -> Request:
    return {
        "HyperParameterTuningJobName": "judged",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ParameterRanges": ranges,
            "ResourceLimits": _LIMITS,
            **config,
        },
        "TrainingJobDefinition": training or _training(),
    }


def _numbers(low: str, high: str, scaling: str = "Auto") -> Request:
    return {
        "ContinuousParameterRanges": [{"Name": "rate", "MinValue": low, "MaxValue": high, "ScalingType": scaling}]
    }


def _integers(number: int) -> Request:
    tried = [{"Name": f"p{index}", "MinValue": "1", "MaxValue": "2"} for index in range(number)]
    return {"IntegerParameterRanges": tried, **_WORDS}


def _hyperband(**limits: int) -> Mapping[str, Any]:
    return {"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": limits}}


def _search(stack: Stack, ranges: Mapping[str, HyperparameterRange] | None = None, **given: Any) -> TuningDefinition:
    training = TrainingDefinition(
        stack,
        "Training",
        image=ModelImage.from_directory("tests/unit/image"),
        output=EncryptedBucket(stack, "Output"),
        instance_type="ml.m5.large",
        metric_definitions={"score": "score=(.*)"},
    )
    searched = ranges or {"booster": CategoricalRange(["gbdt", "dart"])}
    algorithm = TunedAlgorithm(training, Objective.maximize("score"), searched)
    return TuningDefinition(stack, "Search", algorithms=algorithm, **given)


def _searched_by_hyperband(stack: Stack, **given: Any) -> TuningDefinition:
    return _search(stack, strategy=SearchStrategy.hyperband(**given))


CASES = {
    "ranges-begin-below-their-maximum": RuleCase(
        refused=_job(ranges=_numbers("0.5", "0.5")),
        taken=_job(ranges=_numbers("0.5", "0.6")),
        synth=lambda stack: _search(stack, {"rate": ContinuousRange(0.5, 0.5)}),
    ),
    "logarithmic-ranges-are-positive": RuleCase(
        refused=_job(ranges=_numbers("0", "1", "Logarithmic")),
        taken=_job(ranges=_numbers("0.1", "1", "Logarithmic")),
        synth=lambda stack: _search(stack, {"rate": ContinuousRange(0, 1, "Logarithmic")}),
    ),
    "reverse-logarithmic-ranges-lie-below-one": RuleCase(
        refused=_job(ranges=_numbers("0", "1", "ReverseLogarithmic")),
        taken=_job(ranges=_numbers("0", "0.99", "ReverseLogarithmic")),
        synth=lambda stack: _search(stack, {"rate": ContinuousRange(0, 1, "ReverseLogarithmic")}),
    ),
    "a-search-has-30-hyperparameters": RuleCase(
        refused=_job(ranges=_integers(30)),
        taken=_job(ranges=_integers(29)),
        synth=lambda stack: _search(stack, {f"p{index}": IntegerRange(1, 2) for index in range(31)}),
    ),
    "grid-searches-are-categorical": RuleCase(
        refused=_job(Strategy="Grid", ranges=_numbers("0", "1"), ResourceLimits=_UNLIMITED),
        taken=_job(Strategy="Grid", ResourceLimits=_UNLIMITED),
        synth=lambda stack: _search(stack, {"rate": ContinuousRange(0, 1)}, strategy=_GRID),
    ),
    "grid-searches-run-each-combination": RuleCase(
        refused=_job(Strategy="Grid", ResourceLimits={**_LIMITS, "MaxNumberOfTrainingJobs": 3}),
        taken=_job(Strategy="Grid", ResourceLimits={**_LIMITS, "MaxNumberOfTrainingJobs": 2}),
        synth=lambda stack: _search(stack, strategy=_GRID, maximum_jobs=3),
    ),
    "hyperband-stops-jobs-by-itself": RuleCase(
        refused=_job(**_hyperband(MaxResource=9), TrainingJobEarlyStoppingType="Auto"),
        taken=_job(**_hyperband(MaxResource=9), TrainingJobEarlyStoppingType="Off"),
        synth=lambda stack: _search(
            stack, strategy=SearchStrategy.hyperband(maximum_resource=9), early_stopping=True
        ),
    ),
    "hyperband-is-configured-for-hyperband": RuleCase(
        refused=_job(StrategyConfig=_hyperband(MaxResource=9)["StrategyConfig"]),
        taken=_job(**_hyperband(MaxResource=9)),
        synth=lambda stack: _search(stack, strategy=SearchStrategy("Bayesian", maximum_resource=9)),
    ),
    "hyperband-has-a-longest-run": RuleCase(
        refused=_job(Strategy="Hyperband"),
        taken=_job(Strategy="Hyperband", training=_training(StaticHyperParameters={"epochs": "9"})),
        synth=_searched_by_hyperband,
    ),
    "hyperband-runs-for-20000-epochs": RuleCase(
        refused=_job(**_hyperband(MaxResource=20_001)),
        taken=_job(**_hyperband(MaxResource=20_000)),
        synth=lambda stack: _searched_by_hyperband(stack, maximum_resource=20_001),
    ),
    "hyperband-begins-below-its-longest-run": RuleCase(
        refused=_job(**_hyperband(MinResource=9, MaxResource=9)),
        taken=_job(**_hyperband(MinResource=8, MaxResource=9)),
        synth=lambda stack: _searched_by_hyperband(stack, minimum_resource=9, maximum_resource=9),
    ),
    "a-search-trains-something": RuleCase(
        refused={name: value for name, value in _job().items() if name != "TrainingJobDefinition"}, taken=_job()
    ),
}
