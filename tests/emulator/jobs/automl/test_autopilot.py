"""Autopilot over boto3: the twin's searches are real, on a small table."""

import json
from typing import Any, cast

import pytest

from emulator.pipelines.values import Values
from harness.aws_clients import ROLE, Clients, refused, wait_for
from sagemaker_constructs.pipelines import AutoMLStep
from sagemaker_constructs.pipelines.references.definition_part import written

BUCKET = "searched"
TABLE = "kind,length,noise\n" + "".join(
    f"{kind},{place + row % 5 / 10},{row * 37 % 11}\n" for row in range(30) for place, kind in enumerate("ab")
)
WORDS = "kind,colour\na,red\nb,blue\n"
LIMITS = {"MaxCandidates": 5, "MaxAutoMLJobRuntimeInSeconds": 120}


@pytest.fixture(scope="module", autouse=True)
def s3(client: Clients) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="rows/table.csv", Body=TABLE)
    s3.put_object(Bucket=BUCKET, Key="words/table.csv", Body=WORDS)
    return s3


def _source(prefix: str) -> dict[str, Any]:
    return {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{prefix}"}}}


def _start(sagemaker: Any, name: str, *, prefix: str = "rows/", problem: Any = None, **given: Any) -> None:
    tabular = {"TabularJobConfig": {"TargetAttributeName": "kind", "CompletionCriteria": LIMITS}}
    sagemaker.create_auto_ml_job_v2(
        AutoMLJobName=name,
        AutoMLJobInputDataConfig=[{"ChannelType": "training", **_source(prefix)}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/found"},
        AutoMLProblemTypeConfig=problem or tabular,
        RoleArn=ROLE,
        **given,
    )


def _ended(sagemaker: Any, name: str) -> Any:
    return wait_for(
        lambda: sagemaker.describe_auto_ml_job_v2(AutoMLJobName=name),
        lambda job: job["AutoMLJobStatus"] not in ("InProgress", "Stopping"),
        seconds=240,
    )


@pytest.fixture(scope="module")
def job(sagemaker: Any, s3: Any) -> Any:
    """A search that has ended; only look at it."""
    _start(sagemaker, "finds")
    return _ended(sagemaker, "finds")


def test_a_search_finds_its_best_candidate(job: Any) -> None:
    assert job["AutoMLJobStatus"] == "Completed", job.get("FailureReason")
    assert job["AutoMLJobSecondaryStatus"] == "Completed"
    assert job["AutoMLProblemTypeConfigName"] == "Tabular"
    assert job["AutoMLJobArn"].endswith(":automl-job/finds")
    resolved = job["ResolvedAttributes"]
    assert resolved["AutoMLJobObjective"] == {"MetricName": "AUC"}
    attributes = resolved["AutoMLProblemTypeResolvedAttributes"]["TabularResolvedAttributes"]
    assert attributes == {"ProblemType": "BinaryClassification"}
    metric = job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert (metric["MetricName"], metric["Type"]) == ("AUC", "Maximize")
    assert metric["Value"] > 0.99


def test_candidates_are_the_leaderboard(sagemaker: Any, job: Any) -> None:
    listed = sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName="finds", SortBy="FinalObjectiveMetricValue", SortOrder="Descending"
    )["Candidates"]
    values = [each["FinalAutoMLJobObjectiveMetric"]["Value"] for each in listed]
    assert len(values) == 5
    assert values == sorted(values, reverse=True)
    best = job["BestCandidate"]["CandidateName"]
    named = sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="finds", CandidateNameEquals=best)["Candidates"]
    assert [each["CandidateName"] for each in named] == [best]
    [step] = named[0]["CandidateSteps"]
    trained = sagemaker.describe_training_job(TrainingJobName=step["CandidateStepName"])
    assert trained["TrainingJobArn"] == step["CandidateStepArn"]
    first = sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="finds", MaxResults=2)
    rest = sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName="finds", MaxResults=10, NextToken=first["NextToken"]
    )
    assert (len(first["Candidates"]), len(rest["Candidates"])) == (2, 3)


def test_reports_are_kept(s3: Any, job: Any) -> None:
    places = job["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]

    def read(url: str) -> bytes:
        return s3.get_object(Bucket=BUCKET, Key=url.removeprefix(f"s3://{BUCKET}/"))["Body"].read()

    explained = json.loads(read(f"{places['Explainability']}/analysis.json"))
    [weights] = [each["label0"]["global_importances"] for each in explained["explanations"].values()]
    assert set(weights) == {"length", "noise"}
    assert next(iter(weights)) == "length"
    assert b"<svg" in read(f"{places['ModelInsights']}/report.html")


def test_the_winner_is_served_from_its_container(sagemaker: Any, client: Clients, job: Any) -> None:
    # What a pipeline's later step would have of it.
    wanted = written(AutoMLStep("Search", {}).best_container())
    container: Any = Values({}, {}, {"Search": job}, cast(Any, None)).resolved(wanted)
    assert [container] == job["BestCandidate"]["InferenceContainers"]
    assert container["Environment"] == {
        "MODEL_NAME": job["BestCandidate"]["CandidateName"],
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv",
        "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label",
        "SAGEMAKER_INFERENCE_SUPPORTED": "predicted_label",
        "SAGEMAKER_PROGRAM": "sagemaker_serve",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    sagemaker.create_model(ModelName="found", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {
        "VariantName": "A",
        "ModelName": "found",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="found", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="found", EndpointConfigName="found")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="found", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    answer = client("sagemaker-runtime").invoke_endpoint(
        EndpointName="found", ContentType="text/csv", Body=b"0.2,5\n1.2,5\n"
    )
    assert [line.split(b",")[0] for line in answer["Body"].read().splitlines()] == [b"a", b"b"]
    sagemaker.delete_endpoint(EndpointName="found")


def test_the_first_version_searches_alike(sagemaker: Any) -> None:
    sagemaker.create_auto_ml_job(
        AutoMLJobName="first",
        InputDataConfig=[{"TargetAttributeName": "kind", **_source("rows/")}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/found"},
        ProblemType="BinaryClassification",
        AutoMLJobObjective={"MetricName": "F1"},
        AutoMLJobConfig={"CompletionCriteria": {**LIMITS, "MaxCandidates": 1}, "Mode": "ENSEMBLING"},
        RoleArn=ROLE,
    )
    job = wait_for(
        lambda: sagemaker.describe_auto_ml_job(AutoMLJobName="first"),
        lambda job: job["AutoMLJobStatus"] not in ("InProgress", "Stopping"),
        seconds=240,
    )
    assert job["AutoMLJobStatus"] == "Completed", job.get("FailureReason")
    assert job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "F1"
    assert job["ResolvedAttributes"]["ProblemType"] == "BinaryClassification"
    named = {each["AutoMLJobName"] for each in sagemaker.list_auto_ml_jobs()["AutoMLJobSummaries"]}
    assert named >= {"first"}


def test_both_versions_share_their_names(sagemaker: Any, job: Any) -> None:
    listed = sagemaker.list_auto_ml_jobs(NameContains="find", StatusEquals="Completed")["AutoMLJobSummaries"]
    assert [each["AutoMLJobArn"] for each in listed] == [job["AutoMLJobArn"]]
    code, _ = refused(
        sagemaker.create_auto_ml_job,
        AutoMLJobName="finds",
        InputDataConfig=[{"TargetAttributeName": "kind", **_source("rows/")}],
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/found"},
        RoleArn=ROLE,
    )
    assert code == "ResourceInUse"


def test_a_search_is_stopped_once(sagemaker: Any) -> None:
    limits = {"MaxCandidates": 750, "MaxAutoMLJobRuntimeInSeconds": 3600}
    _start(
        sagemaker,
        "stops",
        problem={"TabularJobConfig": {"TargetAttributeName": "kind", "CompletionCriteria": limits}},
    )
    sagemaker.stop_auto_ml_job(AutoMLJobName="stops")
    assert _ended(sagemaker, "stops")["AutoMLJobStatus"] == "Stopped"
    assert refused(sagemaker.stop_auto_ml_job, AutoMLJobName="stops")[0] == "ValidationException"


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("images", {"problem": {"ImageClassificationJobConfig": {}}}, "nothing that could do the work of ImageClass"),
        ("deploys", {"ModelDeployConfig": {"AutoGenerateEndpointName": True}}, "does not support ModelDeployConfig"),
        ("words", {"prefix": "words/"}, "column 'colour': 'red' is not a number"),
        ("nothing", {"prefix": "nowhere/"}, "no S3 objects found"),
    ],
)
def test_what_the_twin_cannot_do_fails_with_the_reason(
    sagemaker: Any, name: str, given: dict[str, Any], reason: str
) -> None:
    _start(sagemaker, name, **given)
    job = _ended(sagemaker, name)
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Failed", "Failed")
    assert reason in job["FailureReason"]
