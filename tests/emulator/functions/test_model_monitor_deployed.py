"""A monitor of Model Monitor for real: it finds a shift, tells of it, and goes on with another definition."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.deployed_stack import Stack
from harness.monitor.captured import captured
from harness.published_stack import deploy, update
from harness.serving_endpoints import deploy as deploy_endpoint
from harness.serving_endpoints import variant
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    BaselineDefinition,
    DataQualityMonitoring,
    DriftSettings,
    ModelMonitor,
    MonitorBaseline,
    MonitoredEndpoint,
    MonitoringTimes,
)
from sagemaker_constructs.serving import DataCapture, ImportedEndpoint

BUCKET = "monitored-models"
ENDPOINT = "monitored"
SECONDS = 90.0


def _rows(seed: int, shift: float, count: int) -> list[tuple[float, float]]:
    draw = random.Random(seed)
    return [(draw.gauss(40 + shift, 10), draw.gauss(3, 1)) for _ in range(count)]


class Deployed:
    """The stack, and what its monitor has told."""

    def __init__(
        self, client: Clients, stack: Stack, build: Callable[[float | None], Callable[[cdk.Stack], None]]
    ) -> None:
        self.client, self.stack, self.build = client, stack, build
        self.s3, self.sagemaker = client("s3"), client("sagemaker")

    def output(self, name: str) -> str:
        [described] = self.stack.cloudformation.describe_stacks(StackName=self.stack.name)["Stacks"]
        return str({each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}[name])

    def told(self) -> list[Mapping[str, Any]]:
        listed = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"reports/{self.output('Name')}/told/")
        keys = [each["Key"] for each in listed.get("Contents", [])]
        return [json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in sorted(keys)]

    def alarm(self, name: str) -> str:
        [alarm] = self.client("cloudwatch").describe_alarms(AlarmNames=[self.output(name)])["MetricAlarms"]
        return str(alarm["StateValue"])

    def schedule(self) -> Mapping[str, Any]:
        return self.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=f"{self.output('Name')}-data")


@pytest.fixture(scope="module")
def deployed(
    client: Clients, image_root: Path, echo_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Deployed:
    image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    sagemaker, storage = client("sagemaker"), client("s3")
    storage.create_bucket(Bucket=BUCKET)
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    deploy_endpoint(sagemaker, ENDPOINT, [variant(sagemaker, "AllTraffic", echo_image)], DataCaptureConfig=capture)
    lines = ["age,income", *(f"{age},{income}" for age, income in _rows(1, 0, 2000))]
    storage.put_object(Bucket=BUCKET, Key="rows/rows.csv", Body="\n".join(lines).encode())
    now = datetime.now(UTC)
    asked = [captured(f"{age},{income}", at=f"{now:%Y-%m-%dT%H:%M:%SZ}") for age, income in _rows(2, 8, 400)]
    key = f"captured/{ENDPOINT}/AllTraffic/{now:%Y/%m/%d/%H}/rows.jsonl"
    storage.put_object(Bucket=BUCKET, Key=key, Body="\n".join(asked).encode())

    def build(threshold: float | None) -> Callable[[cdk.Stack], None]:
        def into(stack: cdk.Stack) -> None:
            data = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
            baseline = BaselineDefinition(
                stack,
                "Baseline",
                rows=ProcessingInput(data, "rows"),
                output=ProcessingOutput(data, "baseline"),
                settings=DriftSettings(),
                image=image,
            )
            once = ProcessingJob(stack, "BaselineOnce", definition=baseline)
            endpoint = ImportedEndpoint(stack, "Endpoint", endpoint_name=ENDPOINT, default_variant="AllTraffic")
            watched = MonitoredEndpoint(endpoint, DataCapture(data), probability_threshold=threshold)
            check = DataQualityMonitoring(
                baseline=MonitorBaseline.of_library(baseline), times=MonitoringTimes.once(start="-PT24H")
            )
            monitor = ModelMonitor(
                stack,
                "Monitor",
                watched=watched,
                checks={"data": check},
                reports=ProcessingOutput(data, "reports"),
                image=image,
            )
            monitor.node.add_dependency(once)
            alarms = monitor.violation_alarms["data"]
            outputs = {
                "Name": monitor.monitor_name,
                "Violated": alarms.violated.name,
                "Failed": alarms.failed.name,
            }
            for name, value in outputs.items():
                cdk.CfnOutput(stack, name, value=value)

        return into

    folder = Path(tmp_path_factory.mktemp("model-monitored"))
    stack = deploy(client, "model-monitored", build(None), context={}, outdir=folder)
    return Deployed(client, stack, build)


def test_a_shift_is_told_once_and_a_changed_definition_goes_on(deployed: Deployed, tmp_path: Path) -> None:
    [told] = wait_for(deployed.told, lambda found: bool(found), SECONDS)
    assert (told["state"], told["confirmed"], told["severity"]) == ("violation", ["age"], "warning"), told
    assert told["rows"] == 400
    wait_for(lambda: deployed.alarm("Violated"), lambda state: state == "ALARM", SECONDS)
    assert deployed.alarm("Failed") != "ALARM"
    before = deployed.schedule()
    assert before["LastMonitoringExecutionSummary"]["MonitoringExecutionStatus"] == "CompletedWithViolations"
    name = before["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]

    assert update(deployed.client, deployed.stack, deployed.build(0.7), outdir=tmp_path) == "UPDATE_COMPLETE"
    after = deployed.schedule()
    assert after["MonitoringScheduleArn"] == before["MonitoringScheduleArn"]
    assert after["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"] != name
    listed = deployed.sagemaker.list_data_quality_job_definitions(NameContains=deployed.output("Name"))
    assert len(listed["JobDefinitionSummaries"]) == 1, "the one before is deleted"
    wait_for(deployed.told, lambda found: len(found) == 2, SECONDS)
