"""Four weeks of requests about real people, time-lapsed: seasons wake nobody, and each fault is told of by its name.

The windows are those that the page of the monitor states: by the second run in which a feature differs, by the third
for what takes a truth that comes a day late, and slow concept drift when metrics are worse by what is allowed.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import numpy
import pytest
from aws_cdk import aws_s3 as s3

from harness.aws_clients import Clients, wait_for
from harness.containers.tabular_image import TABULAR_URI, build_pushed, image_store
from harness.monitor.patients import FIRST, Asked, Patients, lines_by_hour
from harness.published_stack import deploy
from sagemaker_constructs.data import ProcessingInput, ProcessingJob, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.monitoring import (
    AnswerBias,
    AnswerQuality,
    BaselineDefinition,
    CapturedRequests,
    CollectedTruth,
    DriftMonitor,
    DriftSettings,
)

pytestmark = pytest.mark.whole

BUCKET, ROWS, DAYS, SECONDS = "four-weeks", 900, 28, 90.0
QUALITY = {"accuracy", "auc", "f1", "precision", "recall"}
DRIFTS_BY = 0.01
"""The model is wrong about one more person of a hundred each day."""


@dataclass(frozen=True)
class Fault:
    """What happens on two days, and what is told of it.

    Args:
        day: The first of both.
        names: What is confirmed by the run of the day that ``within`` says.
        change: What happens to a request.
        more: What happens to who comes, or to answers.
        within: How many runs it takes.
        alone: Whether nothing else of the rows may be confirmed.
    """

    day: int
    names: frozenset[str]
    change: Callable[[dict[str, str], numpy.random.Generator], None] | None = None
    more: Mapping[str, float] = field(default_factory=dict[str, float])
    within: int = 2
    alone: bool = False


def _without_values(values: dict[str, str], source: numpy.random.Generator) -> None:
    if source.uniform() < 0.05:
        values["s5"] = ""


def _new_ward(values: dict[str, str], source: numpy.random.Generator) -> None:
    if source.uniform() < 0.05:
        values["ward"] = "west"


def _dead(values: dict[str, str], _: numpy.random.Generator) -> None:
    values["s4"] = "4"


def _other_unit(values: dict[str, str], _: numpy.random.Generator) -> None:
    values["s6"] = f"{float(values['s6']) / 18:g}"


def _heavier(values: dict[str, str], _: numpy.random.Generator) -> None:
    values["bmi"] = f"{float(values['bmi']) + 2.5:g}"


def _swapped(values: dict[str, str], _: numpy.random.Generator) -> None:
    values["age"], values["bp"] = values["bp"], values["age"]


FAULTS = {
    "nulls": Fault(2, frozenset({"s5"}), _without_values, alone=True),
    "a new category": Fault(4, frozenset({"ward"}), _new_ward, alone=True),
    "a dead feature": Fault(6, frozenset({"s4"}), _dead, alone=True),
    "another unit": Fault(8, frozenset({"s6"}), _other_unit, alone=True),
    "a shift of labels": Fault(13, frozenset({"score"}), more={"ill": 2.5}),
    "shifted covariates": Fault(17, frozenset({"bmi"}), _heavier),
    "a biased subgroup": Fault(20, frozenset({"DPPL of sex f", "RD of sex f"}), more={"against": 0.15}, within=3),
    "a swapped column": Fault(24, frozenset({"age", "bp"}), _swapped),
}


class Weeks:
    """One monitor and its four weeks."""

    def __init__(self, client: Clients, patients: Patients, outputs: Mapping[str, str], name: str) -> None:
        self.client, self.patients, self.outputs, self.name = client, patients, outputs, name
        self.s3 = client("s3")
        self.before: list[Asked] = []

    def day(self, number: int, **changes: Any) -> Mapping[str, Any]:
        """A day of requests, and the truth of the day before; what is told of it."""
        day = FIRST + timedelta(days=number)
        asked = self.patients.day(day, 3, rows=ROWS, **changes)
        for folder, lines in lines_by_hour(asked).items():
            self._put(f"captured/{self.name}/v/{folder}", lines)
        if self.before:
            self._put(f"truth/{self.name}/{day:%Y/%m/%d}/02", "\n".join(each.told() for each in self.before))
        self.before = asked
        payload = json.dumps({"time": f"{day + timedelta(days=1, minutes=15):%Y-%m-%dT%H:%M:%SZ}"})
        answer = self.client("lambda").invoke(FunctionName=self.outputs[f"{self.name}Function"], Payload=payload)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return wait_for(lambda: self._told(day), bool, SECONDS)

    def alarm(self) -> str:
        found = self.client("cloudwatch").describe_alarms(
            AlarmNames=[self.outputs[f"{self.name}Alarm"]], AlarmTypes=["CompositeAlarm"]
        )
        return str(found["CompositeAlarms"][0]["StateValue"])

    def _told(self, day: datetime) -> Any:
        key = f"reports/{self.outputs[f'{self.name}Monitor']}/{day:%Y/%m/%d}/00/told.json"
        try:
            return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None

    def _put(self, folder: str, text: str) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=f"{folder}/lines.jsonl", Body=text.encode())


@pytest.fixture(scope="module")
def weeks(client: Clients, image_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Weeks]:
    """Two monitors with one baseline: clean requests, and ones with faults."""
    with_data = image_store(tmp_path_factory.mktemp("store")).find(TABULAR_URI)
    assert with_data
    patients = Patients(with_data.python)
    image = ModelImage.from_uri(build_pushed(image_root, "monitor"))
    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").put_object(Bucket=BUCKET, Key="rows/rows.csv", Body=patients.training_rows(DAYS, ROWS).encode())
    settings = DriftSettings(
        outputs=["score"],
        season="hour of week",
        time="at",
        quality=AnswerQuality("BinaryClassification", probability="score", truth="ill", truth_days=1),
        bias=AnswerBias({"sex": ["f"]}, metrics=["DPPL", "RD"]),
    )
    outputs: dict[str, str] = {}

    def build(stack: cdk.Stack, name: str) -> None:
        data = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
        if name == "Clean":
            baseline = BaselineDefinition(
                stack,
                "Baseline",
                rows=ProcessingInput(data, "rows"),
                output=ProcessingOutput(data, "baseline"),
                settings=settings,
                image=image,
            )
            ProcessingJob(stack, "BaselineOnce", definition=baseline)
        monitor = DriftMonitor(
            stack,
            name,
            captured=CapturedRequests(data, f"captured/{name}"),
            truth=CollectedTruth(data, f"truth/{name}"),
            baseline=ProcessingInput(data, "baseline"),
            reports=ProcessingOutput(data, "reports"),
            every=cdk.Duration.days(1),
            image=image,
            settings=settings,
        )
        told = {
            "Function": monitor.function_arn,
            "Monitor": monitor.monitor_name,
            "Alarm": monitor.drift_alarms.drifted.name,
        }
        for each, value in told.items():
            cdk.CfnOutput(stack, f"{name}{each}", value=value)

    # A request takes the template of one.
    for name in ("Clean", "Faulty"):
        folder = Path(tmp_path_factory.mktemp(name))
        stack = deploy(
            client, f"four-weeks-{name}", lambda stack, name=name: build(stack, name), context={}, outdir=folder
        )
        described = stack.cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        outputs |= {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    return {name: Weeks(client, patients, outputs, name) for name in ("Clean", "Faulty")}


def _faulty(weeks: Weeks) -> list[Mapping[str, Any]]:
    told: list[Mapping[str, Any]] = []
    for number in range(DAYS):
        changes: dict[str, Any] = {"flipped": DRIFTS_BY * number}
        for fault in FAULTS.values():
            if number - fault.day in (0, 1):
                changes |= {"fault": fault.change, **fault.more}
        told.append(weeks.day(number, **changes))
        if number == FAULTS["nulls"].day + 1:
            wait_for(weeks.alarm, lambda state: state == "ALARM", SECONDS)
    return told


def test_four_weeks(weeks: Mapping[str, Weeks]) -> None:
    with ThreadPoolExecutor(2) as both:
        faulty = both.submit(_faulty, weeks["Faulty"])
        clean = both.submit(lambda: [weeks["Clean"].day(number) for number in range(DAYS)])
        told_of_clean, told = clean.result(), faulty.result()

    # Days, nights and weekends differ, and nobody is woken.
    assert [each["confirmed"] for each in told_of_clean] == [[]] * DAYS
    assert sum(each["state"] == "violation" for each in told_of_clean) <= 1
    assert all(each["truth"]["judged"] > ROWS / 2 for each in told_of_clean[1:])
    assert weeks["Clean"].alarm() != "ALARM"

    missed: dict[str, Any] = {}
    for name, fault in FAULTS.items():
        confirmed = set(told[fault.day + fault.within - 1]["confirmed"])
        of_rows = confirmed - QUALITY
        if not fault.names <= confirmed or (fault.alone and not of_rows <= fault.names):
            missed[name] = sorted(confirmed)
        before = set(told[fault.day - 1]["confirmed"])
        if fault.names & before:
            missed[name] = f"told of before: {sorted(before)}"
    assert missed == {}

    # Nobody is woken by the first days of slow concept drift, and somebody is before it costs a tenth of the answers.
    worse = next(number for number, each in enumerate(told) if QUALITY & set(each["confirmed"]))
    assert 7 <= worse <= 14, worse
    assert QUALITY & set(told[-1]["confirmed"])
