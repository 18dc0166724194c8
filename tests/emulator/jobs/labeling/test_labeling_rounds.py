"""Rounds of people and a model over three hundred digits, with real jobs: fewer answers, labels as good."""

import json
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from demo.people.digits import digits
from emulator.launcher import PROJECT
from harness.aws_clients import Clients
from harness.published_stack import deploy
from lambdas.labeling.files import first_of
from sagemaker_constructs.data import ProcessingDefinition, ProcessingInput, ProcessingOutput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.labeling import LabelingInput, LabelingRounds, LabelingTask, LabelStudioProject
from tools.image_environment import interpreter

BUCKET = "labels-in-rounds"
SCRIPT = PROJECT / "tests" / "images" / "proposals" / "propose.py"
COUNT, FIRST, BATCH, MOST = 300, 60, 60, 220
# Of digits that nobody labels, how many a model reads that has learned from the given labels.
JUDGE = """
import json, sys
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
d = load_digits()
for labels in json.loads(sys.stdin.read()):
    learned = [int(each) for each in labels]
    model = LogisticRegression(max_iter=2000).fit(d.data[learned] / 16, [labels[each] for each in labels])
    print(model.score(d.data[1000:] / 16, d.target[1000:]))
"""


def _scores(*labels: Mapping[int, int]) -> list[float]:
    command = [interpreter("tabular"), "-c", JUDGE]
    told = subprocess.run(command, input=json.dumps(labels), capture_output=True, text=True, check=True)
    return [float(line) for line in told.stdout.split()]


def _answer(task: Mapping[str, Any], digit: int) -> bytes:
    chosen = {"from_name": "answer", "to_name": "object", "type": "choices", "value": {"choices": [str(digit)]}}
    said = {"id": task["data"]["number"], "updated_at": "2026-11-30T09:00:00.000000Z", "result": [chosen]}
    return json.dumps({**said, "task": {"data": task["data"]}, "completed_by": {"email": "ann@example.com"}}).encode()


def test_people_answer_less_where_a_model_is_sure(
    client: Clients, tabular_image: str, context: dict[str, Any], tmp_path: Path
) -> None:
    images, truth = digits(COUNT)
    store = client("s3")
    store.create_bucket(Bucket=BUCKET)
    store.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    store.put_object(Bucket=BUCKET, Key="code/propose.py", Body=SCRIPT.read_bytes())
    for number, image in enumerate(images):
        store.put_object(Bucket=BUCKET, Key=f"images/{number:03}.png", Body=image)

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", BUCKET)
        project = LabelStudioProject(
            stack,
            "Digits",
            task=LabelingTask("ImageMultiClass", title="Which digit?", labels=[str(digit) for digit in range(10)]),
            input=LabelingInput(bucket, "images", suffixes=[".png"]),
            output=bucket,
            first=FIRST,
        )
        model = ProcessingDefinition(
            stack,
            "Model",
            image=ModelImage.from_uri(tabular_image),
            instance_type="ml.m5.large",
            inputs={
                "code": ProcessingInput(bucket, "code"),
                "images": ProcessingInput(bucket, "images"),
                "labels": ProcessingInput(bucket, project.manifest_key.rpartition("/")[0]),
            },
            outputs={"proposals": ProcessingOutput(bucket, "proposals")},
            entrypoint=["python", "/opt/ml/processing/input/code/propose.py"],
            arguments=[f"s3://{BUCKET}/images"],
        )
        rounds = LabelingRounds(
            stack,
            "Rounds",
            project=project,
            model=model,
            proposals="proposals/proposals.jsonl",
            most_asked=MOST,
            batch=BATCH,
            target_error=0.03,
            audit_percent=10,
        )
        told = {
            "Tasks": project.inputs_prefix,
            "Answers": project.annotations_prefix,
            "Manifest": project.manifest_key,
            "Report": rounds.report_key,
        }
        for name, value in told.items():
            cdk.CfnOutput(stack, name, value=value)

    stack = deploy(client, "labels-in-rounds", build, context=context, outdir=tmp_path / "out")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}

    def read(key: str) -> Any:
        return store.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def keys(prefix: str) -> list[str]:
        pages = store.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    answered: dict[int, int] = {}
    proposed: dict[int, int] = {}
    report: dict[str, Any] = {}
    end = time.monotonic() + 2400
    while not report.get("finished"):
        assert time.monotonic() < end, report
        for key in [each for each in keys(outputs["Tasks"]) if each.endswith("/tasks.json")]:
            for task in json.loads(read(key)):
                number: int = task["data"]["number"]
                if number in answered:
                    continue
                for proposal in task.get("predictions", []):
                    proposed[number] = int(proposal["result"][0]["value"]["choices"][0])
                answered[number] = truth[number]
                store.put_object(
                    Bucket=BUCKET, Key=f"{outputs['Answers']}/{number}", Body=_answer(task, truth[number])
                )
        time.sleep(1)
        report = json.loads(read(outputs["Report"])) if keys(outputs["Report"]) else {}

    lines = [json.loads(line) for line in read(outputs["Manifest"]).decode().splitlines()]
    by = {
        who: {
            int(Path(line["source-ref"]).stem): line["label"]
            for line in lines
            if line["label-metadata"]["human-annotated"] == who
        }
        for who in ("yes", "no")
    }
    assert by["yes"] == answered
    assert len(answered) == report["answers"] <= MOST
    assert FIRST <= len(answered) < COUNT * 2 / 3
    assert len(by["yes"]) + len(by["no"]) == COUNT == len(lines)
    assert report["machine-labeled"] == len(by["no"])
    wrong = sum(label != truth[number] for number, label in by["no"].items())
    assert wrong / len(by["no"]) <= report["error-at-most"]
    assert wrong <= 6
    assert report["audited"] > 0
    machine = next(line for line in lines if line["label-metadata"]["human-annotated"] == "no")
    assert machine["label-metadata"]["type"] == "groundtruth/image-classification"
    assert machine["label-metadata"]["confidence"] >= round(report["threshold"], 4)
    # What people were shown: proposals of what was uncertain, none of what they audit, and none at first.
    assert 0 < len(proposed) <= len(answered) - FIRST - report["audited"]

    everybody = dict(enumerate(truth))
    by_chance = {number: truth[number] for number in first_of(COUNT, len(answered))}
    ours, theirs, chance = _scores({**by["yes"], **by["no"]}, everybody, by_chance)
    assert ours > chance
    assert ours > theirs - 0.02
