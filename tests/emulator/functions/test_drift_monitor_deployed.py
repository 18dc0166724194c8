"""The closed loop for real: requests shift, an alarm begins, a pipeline trains again, and the alarm ends."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.monitor.captured import captured
from harness.published_stack import deploy
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    BaselineDefinition,
    CapturedRequests,
    DriftMonitor,
    DriftSettings,
    DriftTelling,
)
from sagemaker_constructs.observability import Alarms
from sagemaker_constructs.pipelines import DriftTrigger, Pipeline, PipelineTriggers, ProcessingStep

BUCKET = "watched-models"
SECONDS = 90.0
COLUMNS = ["age", "income", "score"]
DAY = "2026-11-29"


def _rows(seed: int, shift: float, count: int = 400) -> list[tuple[float, float, float]]:
    draw = random.Random(seed)
    return [(draw.gauss(40 + shift, 10), draw.gauss(3, 1), draw.random()) for _ in range(count)]


class Watched:
    """A monitor that is deployed, and what it has told."""

    def __init__(self, client: Clients, outputs: Mapping[str, str]) -> None:
        self.client, self.outputs = client, outputs
        self.s3 = client("s3")

    def capture(self, hour: int, shift: float) -> None:
        """Requests of an hour, as an endpoint leaves them."""
        lines = [
            captured(f"{age},{income}", f"{score}", at=f"{DAY}T{hour:02}:30:00Z")
            for age, income, score in _rows(hour, shift)
        ]
        key = f"captured/churn/AllTraffic/{DAY.replace('-', '/')}/{hour:02}/rows.jsonl"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(lines).encode())

    def run(self, hour: int) -> Mapping[str, Any]:
        """Have the window of an hour looked at; what was told of it."""
        payload = json.dumps({"time": f"{DAY}T{hour + 1:02}:15:00Z"})
        answer = self.client("lambda").invoke(FunctionName=self.outputs["Function"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return wait_for(lambda: self.document(hour, "told"), lambda told: bool(told), SECONDS) or {}

    def document(self, hour: int, name: str) -> Mapping[str, Any] | None:
        folder = f"reports/{self.outputs['Monitor']}/{DAY.replace('-', '/')}/{hour:02}"
        try:
            return json.loads(self.s3.get_object(Bucket=BUCKET, Key=f"{folder}/{name}.json")["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None

    def alarm(self, name: str) -> str:
        found = self.client("cloudwatch").describe_alarms(
            AlarmNames=[self.outputs[name]], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        [alarm] = [*found["MetricAlarms"], *found["CompositeAlarms"]]
        return str(alarm["StateValue"])

    def executions(self) -> list[str]:
        listed = self.client("sagemaker").list_pipeline_executions(PipelineName=self.outputs["Pipeline"])
        return [each["PipelineExecutionStatus"] for each in listed["PipelineExecutionSummaries"]]

    def messages(self) -> list[Mapping[str, Any]]:
        got = self.client("sqs").receive_message(QueueUrl=self.outputs["Queue"], MaxNumberOfMessages=10)
        return [json.loads(json.loads(each["Body"])["Message"]) for each in got.get("Messages", [])]


def _train(client: Clients, shift: float) -> None:
    """Rows that the model is trained on."""
    lines = [",".join(COLUMNS), *(",".join(map(str, row)) for row in _rows(1, shift, 2000))]
    client("s3").put_object(Bucket=BUCKET, Key="rows/rows.csv", Body="\n".join(lines).encode())


@pytest.fixture(scope="module")
def watched(client: Clients, image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    client("s3").create_bucket(Bucket=BUCKET)
    queue = client("sqs").create_queue(QueueName="watched-models")["QueueUrl"]
    _train(client, 0)

    def build(stack: cdk.Stack) -> None:
        data = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
        baseline = BaselineDefinition(
            stack,
            "Baseline",
            rows=ProcessingInput(data, "rows"),
            output=ProcessingOutput(data, "baseline"),
            settings=DriftSettings(outputs=["score"]),
            image=image,
        )
        ProcessingJob(stack, "BaselineOnce", definition=baseline)
        monitor = DriftMonitor(
            stack,
            "Drift",
            captured=CapturedRequests(data, "captured/churn", endpoint="churn"),
            baseline=baseline.baseline,
            reports=ProcessingOutput(data, "reports"),
            image=image,
            telling=DriftTelling(runs=1, of_runs=1, features=["age"]),
        )
        topic = cast(sns.ITopic, sns.Topic(stack, "Operators"))
        sns.CfnSubscription(
            stack,
            "Told",
            topic_arn=topic.topic_arn,
            protocol="sqs",
            endpoint="arn:aws:sqs:us-east-1:123456789012:watched-models",
        )
        Alarms(stack, "Alarms", watched=[monitor], topic=topic)
        renewed = ProcessingStep("Baseline", baseline, outputs={"report": baseline.url})
        pipeline = Pipeline(stack, "Retrain", steps=[renewed])
        trigger = DriftTrigger(monitor, cool_down=cdk.Duration.hours(12))
        PipelineTriggers(stack, "Starts", pipeline=pipeline, triggers={"drift": trigger})
        alarms = monitor.drift_alarms
        outputs = {
            "Function": monitor.function_arn,
            "Monitor": monitor.monitor_name,
            "Pipeline": pipeline.pipeline_name,
            "Drifted": alarms.drifted.name,
            "Severe": alarms.severe.name,
            "Failed": alarms.failed.name,
            "Silent": alarms.silent.name,
            "Queue": queue,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    stack = deploy(client, "drift-watched", build, context={}, outdir=Path(tmp_path_factory.mktemp("drift-watched")))
    described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return Watched(client, {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]})


def test_requests_shift_a_model_is_trained_again_and_the_alarm_ends(watched: Watched) -> None:
    assert watched.alarm("Silent") != "ALARM", "a deployment counts as seen"
    watched.capture(6, 0)
    told = watched.run(6)
    assert (told["state"], told["rows"], told["confirmed"]) == ("fine", 400, []), told
    assert watched.alarm("Drifted") == "OK"
    assert watched.executions() == []

    # What a pipeline trains on by now is as the requests are.
    _train(watched.client, 8)
    watched.capture(7, 8)
    told = watched.run(7)
    assert (told["state"], told["confirmed"], told["severity"]) == ("violation", ["age"], "critical"), told
    wait_for(lambda: watched.alarm("Drifted"), lambda state: state == "ALARM", SECONDS)
    assert watched.alarm("Severe") == "ALARM"
    messages = wait_for(watched.messages, lambda found: bool(found), SECONDS)
    assert any("docs/drift-runbook.md#" in each["AlarmDescription"] for each in messages)

    # The event starts the pipeline, and once.
    wait_for(watched.executions, lambda found: found == ["Succeeded"], SECONDS)
    watched.capture(8, 8)
    told = watched.run(8)
    assert (told["state"], told["confirmed"]) == ("fine", []), told
    wait_for(lambda: watched.alarm("Drifted"), lambda state: state == "OK", SECONDS)
    assert watched.alarm("Severe") == "OK"
    assert watched.executions() == ["Succeeded"]


def test_an_hour_without_requests_is_no_fault(watched: Watched) -> None:
    told = watched.run(12)
    assert told["state"] == "no traffic"
    assert watched.alarm("Failed") != "ALARM"


def test_a_run_that_fails_twice_is_an_alarm_with_the_reason(watched: Watched) -> None:
    kept = watched.s3.get_object(Bucket=BUCKET, Key="baseline/statistics.json")["Body"].read()
    watched.s3.put_object(Bucket=BUCKET, Key="baseline/statistics.json", Body=b"{}")
    watched.capture(15, 0)
    payload = json.dumps({"time": f"{DAY}T16:15:00Z"})
    watched.client("lambda").invoke(FunctionName=watched.outputs["Function"], Payload=payload)
    wait_for(lambda: watched.alarm("Failed"), lambda state: state == "ALARM", SECONDS)
    jobs = watched.client("sagemaker").list_processing_jobs(NameContains="2026112915", SortOrder="Ascending")
    names = sorted(each["ProcessingJobName"] for each in jobs["ProcessingJobSummaries"])
    assert [name[-2:] for name in names] == ["-1", "-2"]
    reason = watched.client("sagemaker").describe_processing_job(ProcessingJobName=names[0])["FailureReason"]
    assert "was not written by `baseline` of this container" in reason
    watched.s3.put_object(Bucket=BUCKET, Key="baseline/statistics.json", Body=kept)
    # The next run that ends well ends the alarm, for the other tests of this monitor too.
    watched.capture(17, 0)
    watched.run(17)
    wait_for(lambda: watched.alarm("Failed"), lambda state: state == "OK", SECONDS)
