"""Monitoring schedules: what is captured is looked at by our image when due, and what AWS refuses is refused."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import start
from harness.aws_clients import ROLE, Clients, clients_of, wait_for
from harness.containers.tabular_image import build_pushed
from harness.monitor.captured import captured, told
from harness.serving_endpoints import deploy, variant

BUCKET = "model-monitor"
SECONDS = 60.0
ENDED = ("Completed", "CompletedWithViolations", "Failed", "Stopped")
AWS_ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
CLUSTER = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}}
SETTINGS: Mapping[str, Any] = {
    "outputs": ["score"],
    "problem": "BinaryClassification",
    "probability": "score",
    "truth": "left",
    "facets": {"plan": ["b"]},
    "minimum_truths": 100,
}


def _rows(seed: int, shift: float = 0.0, count: int = 400) -> list[tuple[float, str, float, int]]:
    """Age, plan, the score of the model, and whether somebody left."""
    draw = random.Random(seed)
    found: list[tuple[float, str, float, int]] = []
    for _ in range(count):
        left = draw.random() < 0.5
        score = min(max(draw.gauss(0.7 if left else 0.3, 0.15), 0.0), 1.0)
        found.append((draw.gauss(40 + shift, 10), draw.choice("ab"), score, int(left)))
    return found


def _hour() -> str:
    return f"{datetime.now(UTC):%Y/%m/%d/%H}"


class Watched:
    """An endpoint that captures, a baseline, and the API."""

    def __init__(self, client: Clients, image: str) -> None:
        self.client, self.image = client, image
        self.sagemaker, self.s3 = client("sagemaker"), client("s3")

    def put(self, key: str, text: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def capture(self, endpoint: str, shift: float = 0.0, *, truth: Callable[[int], int] | None = None) -> None:
        """Requests of this hour, as an endpoint leaves them, and what was true of them."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        lines: list[str] = []
        truths: list[str] = []
        for number, (age, plan, score, left) in enumerate(_rows(7, shift)):
            identifier = f"{endpoint}-{number}"
            lines.append(captured(f"{age},{plan}", f"{score}", at=now, inference=identifier))
            truths.append(told(identifier, str(truth(left) if truth else left)))
        self.put(f"captured/{endpoint}/AllTraffic/{_hour()}/rows.jsonl", "\n".join(lines))
        if truth:
            self.put(f"truth/{endpoint}/{_hour()}/truth.jsonl", "\n".join(truths))

    def define(self, name: str, endpoint: str, type_: str = "DataQuality", *, image: str = "", **more: Any) -> None:
        """Make a definition of jobs."""
        given = {"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input/endpoint"}}
        truth: dict[str, Any] = {}
        if type_ in ("ModelQuality", "ModelBias"):
            truth = {"GroundTruthS3Input": {"S3Uri": f"s3://{BUCKET}/truth/{endpoint}"}}
        if type_ == "ModelQuality":
            given["EndpointInput"]["ProbabilityAttribute"] = "0"
        kind = {
            "DataQuality": "DATA_QUALITY",
            "ModelQuality": "MODEL_QUALITY",
            "ModelBias": "MODEL_BIAS",
            "ModelExplainability": "MODEL_EXPLAINABILITY",
        }[type_]
        specification: dict[str, Any] = {"ImageUri": image or self.image, "Environment": {"analysis_type": kind}}
        if type_ == "ModelQuality":
            specification["ProblemType"] = "BinaryClassification"
        if type_ in ("ModelBias", "ModelExplainability"):
            specification["ConfigUri"] = f"s3://{BUCKET}/analysis.json"
        resource = "StatisticsResource" if type_ == "DataQuality" else "ConstraintsResource"
        output = {"S3Uri": f"s3://{BUCKET}/reports", "LocalPath": "/opt/ml/processing/output/report"}
        create = {
            "DataQuality": self.sagemaker.create_data_quality_job_definition,
            "ModelQuality": self.sagemaker.create_model_quality_job_definition,
            "ModelBias": self.sagemaker.create_model_bias_job_definition,
            "ModelExplainability": self.sagemaker.create_model_explainability_job_definition,
        }[type_]
        request: dict[str, Any] = {
            "JobDefinitionName": name,
            f"{type_}AppSpecification": specification,
            f"{type_}BaselineConfig": {resource: {"S3Uri": f"s3://{BUCKET}/baseline/statistics.json"}},
            f"{type_}JobInput": {**given, **truth},
            f"{type_}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
            "JobResources": CLUSTER,
            "RoleArn": ROLE,
            **more,
        }
        create(**request)

    def schedule(self, name: str, definition: str, type_: str = "DataQuality", **times: str) -> None:
        """Make a schedule; at once, over the last day of the emulator, if no expression is given."""
        once = {"ScheduleExpression": "NOW", "DataAnalysisStartTime": "-PT24H", "DataAnalysisEndTime": "-PT0H"}
        config = {
            "ScheduleConfig": times or once,
            "MonitoringJobDefinitionName": definition,
            "MonitoringType": type_,
        }
        self.sagemaker.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config)

    def executions(self, name: str) -> list[dict[str, Any]]:
        listed = self.sagemaker.list_monitoring_executions(MonitoringScheduleName=name, SortBy="ScheduledTime")
        return list(listed["MonitoringExecutionSummaries"])

    def ended(self, name: str) -> dict[str, Any]:
        """The one execution of a schedule, once it has ended."""
        done = wait_for(
            lambda: self.executions(name),
            lambda found: bool(found) and found[0]["MonitoringExecutionStatus"] in ENDED,
            SECONDS,
        )
        [execution] = done
        return dict(execution)

    def once(self, name: str, endpoint: str, type_: str = "DataQuality") -> dict[str, Any]:
        """Define, schedule at once, and wait."""
        self.define(name, endpoint, type_)
        self.schedule(name, name, type_)
        return self.ended(name)

    def report(self, execution: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The key of the folder of an execution's results, and the job."""
        name = execution["ProcessingJobArn"].rpartition("/")[2]
        job = self.sagemaker.describe_processing_job(ProcessingJobName=name)
        uri = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        return uri.removeprefix(f"s3://{BUCKET}/"), job

    def document(self, key: str) -> Any:
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def metrics(self, namespace: str, schedule: str) -> dict[str, list[Mapping[str, str]]]:
        """Names and dimensions of the metrics of a schedule."""
        found: dict[str, list[Mapping[str, str]]] = {}
        for each in self.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]:
            dimensions = {pair["Name"]: pair["Value"] for pair in each["Dimensions"]}
            if dimensions.get("MonitoringSchedule") == schedule:
                found.setdefault(each["MetricName"], []).append(dimensions)
        return found


@pytest.fixture(scope="module")
def watched(client: Clients, image_root: Path, echo_image: str) -> Watched:
    """Two endpoints that capture, one that does not, and a baseline that our image has made."""
    made = Watched(client, build_pushed(image_root, "monitor"))
    made.s3.create_bucket(Bucket=BUCKET)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    for name in ("steady-mm", "shifted-mm", "idle-mm", "asked-mm"):
        deploy(made.sagemaker, name, [variant(made.sagemaker, "AllTraffic", echo_image)], DataCaptureConfig=capture)
    deploy(made.sagemaker, "blind-mm", [variant(made.sagemaker, "AllTraffic", echo_image)])
    lines = ["age,plan,score,left", *(",".join(map(str, row)) for row in _rows(1, count=2000))]
    made.put("rows/rows.csv", "\n".join(lines))
    made.put("settings/settings.json", json.dumps(SETTINGS))
    made.put("analysis.json", "{}")
    inputs = [
        {
            "InputName": name,
            "S3Input": {
                "S3Uri": f"s3://{BUCKET}/{name}",
                "LocalPath": f"/opt/ml/processing/input/{name}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for name in ("rows", "settings")
    ]
    output = {
        "S3Uri": f"s3://{BUCKET}/baseline",
        "LocalPath": "/opt/ml/processing/output/report",
        "S3UploadMode": "EndOfJob",
    }
    made.sagemaker.create_processing_job(
        ProcessingJobName="baseline-mm",
        AppSpecification={"ImageUri": made.image, "ContainerArguments": ["baseline"]},
        ProcessingInputs=inputs,
        ProcessingOutputConfig={"Outputs": [{"OutputName": "report", "S3Output": output}]},
        ProcessingResources=CLUSTER,
        RoleArn=ROLE,
    )
    described = wait_for(
        lambda: made.sagemaker.describe_processing_job(ProcessingJobName="baseline-mm"),
        lambda job: job["ProcessingJobStatus"] in ENDED,
        SECONDS,
    )
    assert described["ProcessingJobStatus"] == "Completed", described
    made.capture("steady-mm", truth=lambda left: left)
    made.capture("shifted-mm", 20.0, truth=lambda left: 1 - left)
    return made


def test_requests_as_before_complete(watched: Watched) -> None:
    execution = watched.once("steady-data", "steady-mm")
    assert execution["MonitoringExecutionStatus"] == "Completed", execution
    assert execution["EndpointName"] == "steady-mm"
    assert execution["MonitoringJobDefinitionName"] == "steady-data"
    folder, job = watched.report(execution)
    assert folder.startswith("reports/steady-mm/steady-data/")
    assert watched.document(f"{folder}/statistics.json")["dataset"]["item_count"] == 400
    assert watched.document(f"{folder}/constraint_violations.json") == {"violations": []}
    schedule = watched.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="steady-data")
    assert job["MonitoringScheduleArn"] == schedule["MonitoringScheduleArn"]
    assert schedule["EndpointName"] == "steady-mm"
    last = schedule["LastMonitoringExecutionSummary"]
    assert (last["MonitoringExecutionStatus"], last["ProcessingJobArn"]) == ("Completed", job["ProcessingJobArn"])
    assert job["Environment"]["sagemaker_monitoring_schedule_name"] == "steady-data"


def test_shifted_requests_complete_with_violations_and_metrics(watched: Watched) -> None:
    execution = watched.once("shifted-data", "shifted-mm")
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations", execution
    folder, job = watched.report(execution)
    violations = watched.document(f"{folder}/constraint_violations.json")["violations"]
    assert {(each["feature_name"], each["constraint_check_type"]) for each in violations} == {
        ("age", "baseline_drift_check")
    }
    assert job["ExitMessage"].startswith("CompletedWithViolations: ")
    metrics = watched.metrics("aws/sagemaker/Endpoints/data-metrics", "shifted-data")
    assert metrics["feature_baseline_drift_age"] == [{"Endpoint": "shifted-mm", "MonitoringSchedule": "shifted-data"}]
    assert "bias_metric_DPPL" not in metrics


def test_truth_is_merged_for_the_quality_of_a_model(watched: Watched) -> None:
    good = watched.once("steady-model", "steady-mm", "ModelQuality")
    assert good["MonitoringExecutionStatus"] == "Completed", good
    bad = watched.once("shifted-model", "shifted-mm", "ModelQuality")
    assert bad["MonitoringExecutionStatus"] == "CompletedWithViolations", bad
    folder, _ = watched.report(bad)
    names = {each["metric_name"] for each in watched.document(f"{folder}/constraint_violations.json")["violations"]}
    assert "accuracy" in names
    metrics = watched.metrics("aws/sagemaker/Endpoints/model-metrics", "shifted-model")
    assert "accuracy" in metrics
    assert not any(name.startswith("feature_") for name in metrics)


def test_bias_has_metrics_by_group(watched: Watched) -> None:
    execution = watched.once("steady-bias", "steady-mm", "ModelBias")
    assert execution["MonitoringExecutionStatus"] == "Completed", execution
    metrics = watched.metrics("aws/sagemaker/Endpoints/bias-metrics", "steady-bias")
    [dimensions] = metrics["bias_metric_DPPL"]
    assert (dimensions["Facet"], dimensions["FacetValue"], dimensions["Endpoint"]) == ("plan", "b", "steady-mm")
    folder, _ = watched.report(execution)
    assert watched.document(f"{folder}/analysis.json")["version"] == "1.0"


def test_what_a_baseline_has_not_is_a_reason(watched: Watched) -> None:
    execution = watched.once("steady-shap", "steady-mm", "ModelExplainability")
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert "attributions" in execution["FailureReason"], execution


def test_an_endpoint_that_nobody_asked_has_no_data(watched: Watched) -> None:
    execution = watched.once("idle-data", "idle-mm")
    assert (execution["MonitoringExecutionStatus"], execution["FailureReason"]) == (
        "Failed",
        "Job inputs had no data",
    )
    assert "ProcessingJobArn" not in execution


def test_what_an_endpoint_was_really_asked_is_looked_at(watched: Watched) -> None:
    runtime = watched.client("sagemaker-runtime")
    for age, plan, _, _ in _rows(3, count=60):
        runtime.invoke_endpoint(EndpointName="asked-mm", ContentType="text/csv", Body=f"{age},{plan}".encode())
    listed = wait_for(
        lambda: watched.s3.list_objects_v2(Bucket=BUCKET, Prefix="captured/asked-mm/").get("KeyCount", 0),
        bool,
        SECONDS,
    )
    assert listed
    execution = watched.once("asked-data", "asked-mm")
    assert execution["MonitoringExecutionStatus"] in ("Completed", "CompletedWithViolations"), execution
    folder, _ = watched.report(execution)
    assert watched.document(f"{folder}/statistics.json")["dataset"]["item_count"] > 0


def test_the_image_of_aws_fails_and_names_what_does_the_same(watched: Watched) -> None:
    watched.define("aws-data", "steady-mm", image=AWS_ANALYZER)
    watched.schedule("aws-data", "aws-data")
    execution = watched.ended("aws-data")
    assert execution["MonitoringExecutionStatus"] == "Failed"
    assert AWS_ANALYZER in execution["FailureReason"]
    assert "DriftMonitor" in execution["FailureReason"]


def test_what_is_watched_must_be_there_and_capture(watched: Watched) -> None:
    with pytest.raises(ClientError, match=r'Could not find endpoint ".*nobody-mm"'):
        watched.define("nobody-data", "nobody-mm")
    with pytest.raises(ClientError, match="must have a DataCaptureConfig with EnableCapture"):
        watched.define("blind-data", "blind-mm")
    with pytest.raises(ClientError, match="Could not find data quality job definition"):
        watched.schedule("undefined-data", "undefined-data")


def test_a_definition_is_kept_while_a_schedule_uses_it(watched: Watched) -> None:
    watched.define("kept-data", "steady-mm")
    watched.schedule("kept-data", "kept-data", ScheduleExpression="cron(0 5 ? * * *)")
    delete = watched.sagemaker.delete_data_quality_job_definition
    with pytest.raises(ClientError, match=r'monitoring schedule ".*kept-data" uses it'):
        delete(JobDefinitionName="kept-data")
    watched.sagemaker.stop_monitoring_schedule(MonitoringScheduleName="kept-data")
    described = watched.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="kept-data")
    assert described["MonitoringScheduleStatus"] == "Stopped"
    watched.sagemaker.start_monitoring_schedule(MonitoringScheduleName="kept-data")
    watched.sagemaker.delete_monitoring_schedule(MonitoringScheduleName="kept-data")
    delete(JobDefinitionName="kept-data")


def test_jobs_that_last_longer_than_the_time_between_them_are_refused(watched: Watched) -> None:
    watched.define("long-data", "steady-mm", StoppingCondition={"MaxRuntimeInSeconds": 7200})
    with pytest.raises(ClientError, match="MaxRuntimeInSeconds must not exceed the frequency"):
        watched.schedule("long-data", "long-data", ScheduleExpression="cron(0 * ? * * *)")


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory, image_root: Path) -> Iterator[Clients]:
    """An emulator whose hours last two seconds."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
        environment.setenv("EMULATOR_TIME_FACTOR", "1800")
        running = start(tmp_path_factory.mktemp("hurried") / "state")
    yield clients_of(running)
    running.stop()


def test_a_schedule_goes_on_by_the_clock_until_it_is_stopped(hurried: Clients) -> None:
    own = {
        "MonitoringInputs": [
            {
                "BatchTransformInput": {
                    "DataCapturedDestinationS3Uri": "s3://captured",
                    "DatasetFormat": {"Csv": {"Header": True}},
                    "LocalPath": "/opt/ml/processing/input",
                }
            }
        ],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://reports", "LocalPath": "/opt/ml/processing/output"}}]
        },
        "MonitoringResources": CLUSTER,
        "MonitoringAppSpecification": {"ImageUri": AWS_ANALYZER},
        "RoleArn": ROLE,
    }
    sagemaker = hurried("sagemaker")
    config = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}, "MonitoringJobDefinition": own}
    sagemaker.create_monitoring_schedule(MonitoringScheduleName="hourly", MonitoringScheduleConfig=config)

    def listed() -> list[dict[str, Any]]:
        found = sagemaker.list_monitoring_executions(MonitoringScheduleName="hourly", SortOrder="Ascending")
        return list(found["MonitoringExecutionSummaries"])

    executions = wait_for(listed, lambda found: len(found) >= 3, SECONDS)
    times = [each["ScheduledTime"].timestamp() for each in executions]
    assert [later - earlier for earlier, later in pairwise(times)] == pytest.approx(
        [2.0] * (len(times) - 1), abs=0.01
    )
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="hourly")
    wait_for(listed, lambda found: all(each["MonitoringExecutionStatus"] in ENDED for each in found), SECONDS)
    before = len(listed())
    time.sleep(3)
    assert len(listed()) == before
