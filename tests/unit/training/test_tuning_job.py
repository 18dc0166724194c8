"""Tuning: what reaches the request, who may run it, and what is refused."""

import json
from collections.abc import Mapping
from typing import Any, cast

import botocore.validate
import pytest
from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.core.service_model import service_model
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.training import (
    CategoricalRange,
    Checkpoints,
    CompletionCriteria,
    ContinuousRange,
    IntegerRange,
    Objective,
    SearchStrategy,
    TrainingDefinition,
    TunedAlgorithm,
    TuningDefinition,
    TuningJob,
    WarmStart,
)
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange

RANGES: Mapping[str, HyperparameterRange] = {
    "leaves": IntegerRange(8, 63),
    "rate": ContinuousRange(0.01, 0.3, "Logarithmic"),
    "booster": CategoricalRange(["gbdt", "dart"]),
}
GRID = {"booster": CategoricalRange(["gbdt", "dart"]), "leaves": CategoricalRange(["8", "16", "32"])}


@pytest.fixture
def training(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> TrainingDefinition:
    return _training(stack, key, bucket, "Training")


def _training(stack: Stack, key: kms.IKey, bucket: s3.IBucket, name: str, **given: Any) -> TrainingDefinition:
    return TrainingDefinition(
        stack,
        name,
        image=ModelImage.from_directory("tests/unit/image"),
        output=bucket,
        encryption_key=key,
        instance_type="ml.m5.large",
        hyperparameters={"leaves": "31", "epochs": "9"},
        metric_definitions={"auc": "auc=([0-9.]+)"},
        tags={"team": "risk"},
        **given,
    )


def _algorithm(training: TrainingDefinition, ranges: Mapping[str, HyperparameterRange] = RANGES) -> TunedAlgorithm:
    return TunedAlgorithm(training, Objective.maximize("auc"), ranges)


def _request(stack: Stack) -> dict[str, Any]:
    [resource] = Template.from_stack(stack).find_resources("Custom::SageMakerHyperParameterTuningJob").values()
    _, parts = resource["Properties"]["Request"]["Fn::Join"]
    request = json.loads(
        "".join(part if isinstance(part, str) else "arn:aws:iam::123456789012:role/r" for part in parts)
    )
    shape = cast(Any, service_model()).operation_model("CreateHyperParameterTuningJob").input_shape
    validator: Any = botocore.validate.ParamValidator()
    found = validator.validate({"HyperParameterTuningJobName": "search", **request}, shape)
    assert not found.has_errors(), found.generate_report()
    return request


def test_defaults(stack: Stack, training: TrainingDefinition) -> None:
    TuningJob(stack, "Tune", definition=TuningDefinition(stack, "Search", algorithms=_algorithm(training)))
    request = _request(stack)
    config = request["HyperParameterTuningJobConfig"]
    assert config == {
        "Strategy": "Bayesian",
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": 20,
            "MaxParallelTrainingJobs": 2,
            "MaxRuntimeInSeconds": 3000,
        },
        "TrainingJobEarlyStoppingType": "Off",
        "HyperParameterTuningJobObjective": {"MetricName": "auc", "Type": "Maximize"},
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "leaves", "MinValue": "8", "MaxValue": "63", "ScalingType": "Auto"}],
            "ContinuousParameterRanges": [
                {"Name": "rate", "MinValue": "0.01", "MaxValue": "0.3", "ScalingType": "Logarithmic"}
            ],
            "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbdt", "dart"]}],
        },
    }
    definition = request["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"epochs": "9"}
    assert definition["EnableNetworkIsolation"] is True
    assert not {"HyperParameters", "Tags"} & definition.keys()
    assert "WarmStartConfig" not in request


def test_everything_given_reaches_the_request(
    stack: Stack, key: kms.IKey, bucket: s3.IBucket, training: TrainingDefinition
) -> None:
    other = _training(stack, key, bucket, "Other")
    loss = TunedAlgorithm(other, Objective.minimize("auc"), {"rate": ContinuousRange(0.5, 0.9, "ReverseLogarithmic")})
    definition = TuningDefinition(
        stack,
        "Search",
        algorithms={"boosted": _algorithm(training), "linear": loss},
        strategy=SearchStrategy.hyperband(minimum_resource=1, maximum_resource=27),
        maximum_jobs=40,
        parallel_jobs=4,
        max_runtime=Duration.minutes(40),
        completion=CompletionCriteria(target=0.99, jobs_not_improving=5, on_convergence=True),
        warm_start=WarmStart(["earlier"], "TransferLearning"),
        random_seed=7,
        tags={"team": "risk"},
    )
    TuningJob(stack, "Tune", definition=definition)
    request = _request(stack)
    config = request["HyperParameterTuningJobConfig"]
    assert config["StrategyConfig"] == {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 27}}
    assert config["ResourceLimits"]["MaxRuntimeInSeconds"] == 2400
    assert config["TuningJobCompletionCriteria"] == {
        "TargetObjectiveMetricValue": 0.99,
        "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 5},
        "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
    }
    assert config["RandomSeed"] == 7
    assert [each["DefinitionName"] for each in request["TrainingJobDefinitions"]] == ["boosted", "linear"]
    assert request["TrainingJobDefinitions"][1]["TuningObjective"] == {"MetricName": "auc", "Type": "Minimize"}
    assert request["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "earlier"}],
        "WarmStartType": "TransferLearning",
    }
    assert request["Tags"] == [{"Key": "team", "Value": "risk"}]
    passed = allowed(statements(stack, "SageMakerJobProviderRole"), "iam:PassRole")
    assert len(passed) == 2


def test_a_grid_runs_each_combination(stack: Stack, training: TrainingDefinition) -> None:
    algorithm = _algorithm(training, GRID)
    definition = TuningDefinition(stack, "Search", algorithms=algorithm, strategy=SearchStrategy.grid())
    TuningJob(stack, "Tune", definition=definition)
    assert "MaxNumberOfTrainingJobs" not in _request(stack)["HyperParameterTuningJobConfig"]["ResourceLimits"]


def test_names_fit_into_32_characters(stack: Stack, training: TrainingDefinition) -> None:
    definition = TuningDefinition(stack, "ASearchWithALongName", algorithms=_algorithm(training))
    TuningJob(stack, "TuneWithALongName", definition=definition)
    template = Template.from_stack(stack)
    [job] = template.find_resources("Custom::SageMakerHyperParameterTuningJob").values()
    assert len(f"{job['Properties']['NamePrefix']}-{'0' * 16}") <= 32
    assert len(f"{definition.name_prefix}-{'0' * 12}") <= 32
    state = cast(dict[str, Any], definition.as_state("Tuned").to_state_json())
    assert state["Resource"].endswith(":states:::sagemaker:createHyperParameterTuningJob.sync")
    assert "StringSplit(States.UUID(), '-')" in state["Parameters"]["HyperParameterTuningJobName.$"]


def test_the_best_model_is_an_artifact(stack: Stack, training: TrainingDefinition) -> None:
    job = TuningJob(stack, "Tune", definition=TuningDefinition(stack, "Search", algorithms=_algorithm(training)))
    Model(stack, "Model", image=ModelImage.from_directory("tests/unit/image"), artifact=job.artifact)
    [model] = Template.from_stack(stack).find_resources("AWS::SageMaker::Model").values()
    url = json.dumps(model["Properties"])
    assert "BestTrainingJobName" in url
    assert "/output/model.tar.gz" in url


def _refusals(stack: Stack, training: TrainingDefinition, **given: Any) -> str:
    arguments: dict[str, Any] = {"algorithms": _algorithm(training), **given}
    with pytest.raises(InvalidInput) as refused:
        TuningDefinition(stack, "Search", **arguments)
    return str(refused.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"maximum_jobs": 751}, "maximum_jobs must be between 1 and 750, got: 751"),
        ({"parallel_jobs": 0}, "parallel_jobs must be between 1 and 100, got: 0"),
        ({"max_runtime": Duration.seconds(60)}, "max_runtime in seconds must be between 120"),
        (
            {"completion": CompletionCriteria(jobs_not_improving=2)},
            "completion.jobs_not_improving must be at least 3",
        ),
        ({"warm_start": WarmStart([])}, "warm_start.parents must hold 1 to 5 tuning jobs, got: 0"),
        (
            {"strategy": SearchStrategy.grid()},
            "Grid strategy supports categorical ranges only, got: ranges of numbers for leaves, rate",
        ),
        (
            {"strategy": SearchStrategy.hyperband(), "early_stopping": True},
            "early_stopping is refused by AWS: TrainingJobEarlyStoppingType must be Off",
        ),
        (
            {"strategy": SearchStrategy.hyperband(maximum_resource=0)},
            "strategy.maximum_resource must be greater than 0",
        ),
        ({"algorithms": {}}, "algorithms must hold at least one algorithm"),
    ],
)
def test_refusals(stack: Stack, training: TrainingDefinition, given: dict[str, Any], words: str) -> None:
    assert words in _refusals(stack, training, **given)


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        (
            IntegerRange(5, 5),
            "algorithms.ranges['leaves'] is refused by AWS: A range of a hyperparameter begins below",
        ),
        (IntegerRange(0, 5, "Logarithmic"), "requires a range of values greater than 0, got: 0 to 5"),
        (IntegerRange(1, 5, "ReverseLogarithmic"), "requires a continuous range from 0 to below 1, got: 1 to 5"),
        (ContinuousRange(0, 1, "ReverseLogarithmic"), "requires a continuous range from 0 to below 1, got: 0 to 1"),
        (CategoricalRange([]), "ranges['leaves'].values must hold at least one value"),
        (CategoricalRange(["a", "a"]), "must be different from each other, got: a, a"),
    ],
)
def test_ranges_that_are_refused(
    stack: Stack, training: TrainingDefinition, tried: HyperparameterRange, words: str
) -> None:
    assert words in _refusals(stack, training, algorithms=_algorithm(training, {"leaves": tried}))


def test_hyperband_needs_its_longest_run(stack: Stack, training: TrainingDefinition) -> None:
    ranges = {"epochs": IntegerRange(1, 9)}
    given = {"algorithms": _algorithm(training, ranges), "strategy": SearchStrategy.hyperband()}
    assert "strategy is refused by AWS: Hyperband requires MaxResource" in _refusals(stack, training, **given)


def test_an_objective_has_to_be_reported(stack: Stack, training: TrainingDefinition) -> None:
    unknown = TunedAlgorithm(training, Objective.maximize("accuracy"), RANGES)
    words = "algorithms.objective must be one of the training's metric definitions, auc, got: accuracy"
    assert words in _refusals(stack, training, algorithms=unknown)


def test_a_grid_has_as_many_jobs_as_combinations(stack: Stack, training: TrainingDefinition) -> None:
    given = {"algorithms": _algorithm(training, GRID), "strategy": SearchStrategy.grid(), "maximum_jobs": 5}
    assert "got: 5 for 6 combinations" in _refusals(stack, training, **given)


def test_a_search_cannot_be_scheduled_by_itself(stack: Stack, training: TrainingDefinition) -> None:
    definition = TuningDefinition(stack, "Search", algorithms=_algorithm(training))
    with pytest.raises(InvalidInput, match="cannot be scheduled by itself"):
        definition.schedule("Nightly", "rate(1 day)")


def test_a_long_search_is_not_for_a_deployment(stack: Stack, training: TrainingDefinition) -> None:
    algorithm = _algorithm(training)
    definition = TuningDefinition(stack, "Search", algorithms=algorithm, max_runtime=Duration.hours(2))
    with pytest.raises(InvalidInput, match=r"definition.max_runtime in minutes must be between 2 and 55, got: 120"):
        TuningJob(stack, "Tune", definition=definition)


def test_jobs_of_a_search_share_no_checkpoints(stack: Stack, key: kms.IKey, bucket: s3.IBucket) -> None:
    kept = _training(stack, key, bucket, "Kept", checkpoints=Checkpoints(bucket, "progress"))
    assert "algorithms.training must have no checkpoints" in _refusals(stack, kept)
