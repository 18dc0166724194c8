"""Truth that comes late, twice, in contradiction or never, of requests that an endpoint has answered and captured."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import build_pushed
from harness.monitor.captured import told as truth_line
from harness.published_stack import deploy
from harness.serving_endpoints import deploy as deploy_endpoint
from harness.serving_endpoints import variant
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    AnswerQuality,
    BaselineDefinition,
    CapturedRequests,
    CollectedTruth,
    DriftMonitor,
    DriftSettings,
    DriftTelling,
)
from tools.report.monitors.site import write_monitors

BUCKET = "answered-and-told"
ENDPOINT = "repeats-its-input"
SECONDS = 90.0
DAY = "2026-11-28"
ASKED, TOLD = 240, 200
SETTINGS = DriftSettings(
    outputs=["body"],
    quality=AnswerQuality("Regression", prediction="body", truth="y", truth_days=0.25, minimum_truths=100),
)


def _numbers(seed: int, count: int) -> list[float]:
    draw = random.Random(seed)
    return [round(draw.gauss(40, 10), 3) for _ in range(count)]


def _true(number: float, seed: float) -> float:
    return round(number + random.Random(seed).gauss(0, 1), 3)


class Told:
    """A monitor that is deployed, and what it tells of its windows."""

    def __init__(self, client: Clients, outputs: Mapping[str, str]) -> None:
        self.client, self.outputs, self.s3 = client, outputs, client("s3")

    def capture(self, hour: int, lines: Sequence[Mapping[str, Any]]) -> None:
        """What the endpoint has captured, as of an hour of the day."""
        dated = [
            {**line, "eventMetadata": {**line["eventMetadata"], "inferenceTime": f"{DAY}T{hour:02}:30:00Z"}}
            for line in lines
        ]
        self._put(f"captured/{ENDPOINT}/main", hour, dated)

    def collect(self, hour: int, lines: Sequence[str]) -> None:
        """Truth that is collected in an hour."""
        self._put("truth", hour, [json.loads(line) for line in lines])

    def run(self, hour: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Have the window of an hour looked at; what was told of it, and its report."""
        payload = json.dumps({"time": f"{DAY}T{hour + 1:02}:15:00Z"})
        answer = self.client("lambda").invoke(FunctionName=self.outputs["Function"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        told = wait_for(lambda: self._read(hour, "told"), lambda found: bool(found), SECONDS)
        return told, self._read(hour, "report")

    def alarm(self) -> str:
        found = self.client("cloudwatch").describe_alarms(
            AlarmNames=[self.outputs["Worse"]], AlarmTypes=["CompositeAlarm"]
        )
        return str(found["CompositeAlarms"][0]["StateValue"])

    def _put(self, folder: str, hour: int, documents: Sequence[Any]) -> None:
        key = f"{folder}/{DAY.replace('-', '/')}/{hour:02}/lines.jsonl"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body="\n".join(map(json.dumps, documents)).encode())

    def _read(self, hour: int, name: str) -> Any:
        folder = f"reports/{self.outputs['Monitor']}/{DAY.replace('-', '/')}/{hour:02}"
        try:
            return json.loads(self.s3.get_object(Bucket=BUCKET, Key=f"{folder}/{name}.json")["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None


@pytest.fixture(scope="module")
def told(client: Clients, image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    client("s3").create_bucket(Bucket=BUCKET)
    rows = ["x,body,y", *(f"{x},{x},{_true(x, x)}" for x in _numbers(1, 2_000))]
    client("s3").put_object(Bucket=BUCKET, Key="rows/rows.csv", Body="\n".join(rows).encode())

    def build(stack: cdk.Stack) -> None:
        data = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
        baseline = BaselineDefinition(
            stack,
            "Baseline",
            rows=ProcessingInput(data, "rows"),
            output=ProcessingOutput(data, "baseline"),
            settings=SETTINGS,
            image=image,
        )
        ProcessingJob(stack, "BaselineOnce", definition=baseline)
        monitor = DriftMonitor(
            stack,
            "Drift",
            captured=CapturedRequests(data, f"captured/{ENDPOINT}", endpoint=ENDPOINT),
            truth=CollectedTruth(data, "truth", every=cdk.Duration.hours(1)),
            baseline=baseline.baseline,
            reports=ProcessingOutput(data, "reports"),
            image=image,
            settings=SETTINGS,
            telling=DriftTelling(runs=1, of_runs=1),
        )
        assert monitor.drift_alarms.worse
        outputs = {
            "Function": monitor.function_arn,
            "Monitor": monitor.monitor_name,
            "Worse": monitor.drift_alarms.worse.name,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(stack, name, value=value)

    stack = deploy(client, "late-truth", build, context={}, outdir=Path(tmp_path_factory.mktemp("late-truth")))
    described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return Told(client, {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]})


@pytest.fixture(scope="module")
def asked(client: Clients, sagemaker: Any, echo_image: str, told: Told) -> list[Mapping[str, Any]]:
    """What a real endpoint captures of requests that have a name."""
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/live",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
    }
    deploy_endpoint(sagemaker, ENDPOINT, [variant(sagemaker, "main", echo_image)], DataCaptureConfig=capture)
    runtime = client("sagemaker-runtime")
    for place, number in enumerate(_numbers(2, ASKED)):
        runtime.invoke_endpoint(
            EndpointName=ENDPOINT, Body=str(number).encode(), ContentType="text/csv", InferenceId=f"i{place}"
        )

    def lines() -> list[Mapping[str, Any]]:
        listed = told.s3.list_objects_v2(Bucket=BUCKET, Prefix="live/").get("Contents", [])
        texts = [told.s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode() for each in listed]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    found = wait_for(lines, lambda found: len(found) == ASKED, SECONDS)
    sagemaker.delete_endpoint(EndpointName=ENDPOINT)
    return found


def test_truth_that_comes_late_twice_in_contradiction_and_never(
    told: Told, asked: Sequence[Mapping[str, Any]], tmp_path: Path
) -> None:
    numbers = _numbers(2, ASKED)[:TOLD]
    right = [truth_line(f"i{place}", str(_true(number, -number))) for place, number in enumerate(numbers)]
    wrong = [truth_line(f"i{place}", str(number + 30)) for place, number in enumerate(numbers)]

    # Nobody knows anything yet: nothing is decided, and nobody is woken.
    told.capture(6, asked)
    event, report = told.run(6)
    assert (event["state"], event["rows"], report["quality"]) == ("fine", ASKED, None)
    assert {each: event["truth"][each] for each in ("judged", "waiting", "coverage")} == {
        "judged": 0,
        "waiting": ASKED,
        "coverage": None,
    }

    # An hour without requests, in which most of the truth comes, some of it twice, and some of nobody.
    told.collect(7, [*right, *right[:20], truth_line("nobody", "1")])
    event, report = told.run(7)
    assert (event["state"], event["rows"], event["truth"]["judged"]) == ("fine", 0, TOLD), event
    assert (event["truth"]["repeated"], event["truth"]["unknown"]) == (20, 1)
    assert event["quality"]["mae"] < 1
    assert report["window"] == {"start": f"{DAY}T07:00:00Z", "end": f"{DAY}T08:00:00Z"}
    assert told.alarm() != "ALARM"

    # What is told last counts, and is judged.
    told.collect(8, wrong)
    event, _ = told.run(8)
    assert (event["confirmed"], event["truth"]["contradictory"]) == (["mae", "rmse"], TOLD)
    assert event["confirmed_kinds"]["quality"] == 2
    wait_for(told.alarm, lambda state: state == "ALARM", SECONDS)
    told.collect(9, right)
    event, _ = told.run(9)
    assert (event["confirmed"], event["truth"]["judged"]) == ([], TOLD)
    # The alarm ends by the metric of another minute, as hours lie between windows elsewhere.

    # After six hours, what has not come counts as never; one truth decides nothing.
    told.collect(13, wrong[:1])
    event, _ = told.run(13)
    assert (event["truth"]["judged"], event["truth"]["never"]) == (1, ASKED - TOLD)
    assert event["truth"]["coverage"] == pytest.approx(TOLD / ASKED)
    assert event["confirmed"] == []
    _check_pages(told, tmp_path)


class Account:
    """The shared emulator, as an account."""

    def __init__(self, client: Clients) -> None:
        self._client = client

    def client(self, service: str, /) -> object:
        return self._client(service)


def _check_pages(told: Told, tmp_path: Path) -> None:
    """The history of the monitor is a page, with those of its windows."""
    page = write_monitors(Account(told.client), tmp_path, endpoint=ENDPOINT)
    text = page.read_text()
    assert page.name == f"{told.outputs['Monitor']}.html"
    for each in ("mae", "rmse", "drifted", "worse", "docs/drift-runbook.md#worse", "Where its answers come from"):
        assert each in text, each
    assert f'href="{told.outputs["Monitor"]}/2026112808.html"' in text, "the window in which it was worse"
    windows = {each.name for each in (tmp_path / told.outputs["Monitor"]).iterdir()}
    assert {"2026112806.html", "2026112808.html"} <= windows
    assert not re.search(r"(src|href)=.?(https?:)?//", text), "no request leads elsewhere"
    assert "<script" not in text


def test_the_fleet_is_a_page_with_owners(told: Told, tmp_path: Path) -> None:
    functions = told.client("lambda")
    arn = functions.get_function_configuration(FunctionName=told.outputs["Function"])["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"Owner": "team <churn>"})
    index = write_monitors(Account(told.client), tmp_path)
    text = index.read_text()
    assert index.name == "index.html"
    assert ENDPOINT in text
    assert "team &lt;churn&gt;" in text


def test_an_endpoint_that_nobody_watches_is_named_with_those_that_are(told: Told, tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=f"no monitor watches nobody; watched are: .*{ENDPOINT}"):
        write_monitors(Account(told.client), tmp_path, endpoint="nobody")
