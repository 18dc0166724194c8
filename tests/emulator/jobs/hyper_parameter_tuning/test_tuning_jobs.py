"""Tuning jobs over boto3: their training jobs are real processes, whose metric is the value that is tuned."""

from functools import partial
from typing import Any

import pytest

from harness.aws_clients import ROLE, Clients, refused, wait_for

RANGE = {"Name": "score", "MinValue": "0.1", "MaxValue": "0.9"}
GRID = {"CategoricalParameterRanges": [{"Name": "score", "Values": ["0.2", "0.4", "0.3"]}]}


@pytest.fixture(scope="module", autouse=True)
def _bucket(client: Clients) -> None:
    client("s3").create_bucket(Bucket="tuned")


def _tune(sagemaker: Any, name: str, image: str, *, jobs: int | None = 3, **changes: Any) -> Any:
    """Run a tuning job to its end; returns its description."""
    _start(sagemaker, name, image, jobs=jobs, **changes)
    return _ended(sagemaker, name)


def _ended(sagemaker: Any, name: str) -> Any:
    return wait_for(
        lambda: sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name),
        lambda job: job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"),
    )


def _start(
    sagemaker: Any,
    name: str,
    image: str,
    *,
    jobs: int | None,
    fixed: dict[str, str] | None = None,
    metric: str = "score",
    warm_start: list[str] | None = None,
    **config: Any,
) -> None:
    limits = {"MaxParallelTrainingJobs": 2, **({"MaxNumberOfTrainingJobs": jobs} if jobs else {})}
    parents = [{"HyperParameterTuningJobName": parent} for parent in warm_start or []]
    warm = {"ParentHyperParameterTuningJobs": parents, "WarmStartType": "IdenticalDataAndAlgorithm"}
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "RandomSeed": 1,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": metric},
            "ParameterRanges": {"ContinuousParameterRanges": [RANGE]},
            "ResourceLimits": limits,
            **config,
        },
        TrainingJobDefinition={
            "RoleArn": ROLE,
            "StaticHyperParameters": fixed or {},
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "score", "Regex": "score=([0-9.]+)"}],
            },
            "OutputDataConfig": {"S3OutputPath": "s3://tuned/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
        **({"WarmStartConfig": warm} if parents else {}),
    )


def _trained(sagemaker: Any, name: str, **order: Any) -> list[Any]:
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    return listed(HyperParameterTuningJobName=name, **order)["TrainingJobSummaries"]


def test_the_best_of_all_training_jobs_is_named(sagemaker: Any, client: Clients, echo_image: str) -> None:
    job = _tune(sagemaker, "best", echo_image, jobs=5)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == job["ObjectiveStatusCounters"]["Succeeded"] == 5

    by_value = _trained(sagemaker, "best", SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    tried = [float(each["TunedHyperParameters"]["score"]) for each in by_value]
    assert tried == sorted(tried, reverse=True)
    assert len({*tried}) == 5
    assert job["BestTrainingJob"]["TrainingJobName"] == by_value[0]["TrainingJobName"]
    metric = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert metric["Value"] == pytest.approx(max(tried))

    best = sagemaker.describe_training_job(TrainingJobName=by_value[0]["TrainingJobName"])
    assert best["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert best["HyperParameters"]["_tuning_objective_metric"] == "score"
    key = best["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://tuned/")
    assert client("s3").head_object(Bucket="tuned", Key=key)["ContentLength"] > 0


def test_a_grid_tries_every_combination_once(sagemaker: Any, echo_image: str) -> None:
    job = _tune(sagemaker, "grid", echo_image, jobs=None, Strategy="Grid", ParameterRanges=GRID)
    assert sorted(each["TunedHyperParameters"]["score"] for each in _trained(sagemaker, "grid")) == [
        "0.2",
        "0.3",
        "0.4",
    ]
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"score": "0.4"}


def test_a_value_that_is_good_enough_ends_the_search(sagemaker: Any, echo_image: str) -> None:
    criteria = {"TargetObjectiveMetricValue": 0.2}
    job = _tune(sagemaker, "target", echo_image, jobs=50, TuningJobCompletionCriteria=criteria)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert len(_trained(sagemaker, "target", MaxResults=100)) < 50


def test_a_tuning_job_takes_over_what_another_has_found(sagemaker: Any, echo_image: str) -> None:
    _tune(sagemaker, "parent", echo_image, jobs=1)
    job = _tune(sagemaker, "child", echo_image, jobs=1, warm_start=["parent"])
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    code, message = refused(partial(_start, sagemaker, "orphan", echo_image, jobs=1, warm_start=["nobody"]))
    assert "nobody" in message, code


def test_training_jobs_that_all_fail_are_the_reason(sagemaker: Any, echo_image: str) -> None:
    job = _tune(sagemaker, "vain", echo_image, jobs=20, fixed={"failure": "no data"})
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("No training job succeeded after ")
    assert len(_trained(sagemaker, "vain", MaxResults=100)) < 10


def test_a_metric_that_nobody_reports_is_the_reason(sagemaker: Any, echo_image: str) -> None:
    job = _tune(sagemaker, "silent", echo_image, jobs=2, metric="loss")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert "No objective metrics found after running 2 training jobs" in job["FailureReason"]


def test_stopping_stops_the_training_jobs(sagemaker: Any, echo_image: str) -> None:
    _start(sagemaker, "stops", echo_image, jobs=20, fixed={"seconds": "60"})
    wait_for(
        lambda: _trained(sagemaker, "stops", StatusEquals="InProgress"),
        lambda running: len(running) == 2,
    )
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="stops")
    job = _ended(sagemaker, "stops")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert {each["TrainingJobStatus"] for each in _trained(sagemaker, "stops")} == {"Stopped"}


def test_an_unknown_tuning_job_is_not_found(sagemaker: Any) -> None:
    assert refused(partial(_trained, sagemaker, "missing"))[0] == "ResourceNotFound"
