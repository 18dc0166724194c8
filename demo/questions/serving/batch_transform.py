"""Batch transform: on a file that arrives, and on the files that the manifest of the nightly run lists."""

import csv
import io
import json

from demo.deployment import Answered, Deployment, Question, split_url
from demo.failure import DemoFailure
from demo.held_out import Answer, right

ARRIVED = "held-out.csv"
LISTED = "nightly/held-out.csv"


def score_a_file(deployed: Deployment) -> Answered:
    """Upload rows with the truth in front, which the model must not see, and read them back with its answers."""
    bucket = deployed.data_bucket
    _upload(deployed, f"{deployed.outputs['InputPrefix']}/{ARRIVED}", _rows_with_truth(deployed))
    result = f"s3://{bucket}/{deployed.outputs['OutputPrefix']}/{ARRIVED}.out"
    answers = _answers(deployed, result)
    return Answered(
        kind="batch transform",
        endpoint=f"…/{split_url(result)[1]}",
        asked=f"{len(answers)} rows in an upload, their truth filtered from the model's input",
        answered=f"joined {len(answers)} answers to their rows; {right(answers)}",
        answers=answers,
    )


def run_what_the_clock_runs(deployed: Deployment) -> Answered:
    """Start the schedule's job by hand: it reads the files that its manifest lists, and no others."""
    scheduled = deployed.client("scheduler").get_schedule(Name=deployed.outputs["ScheduleName"])
    job = json.loads(scheduled["Target"]["Input"])
    bucket, manifest = split_url(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
    folder = "batch/listed"
    _upload(deployed, f"{folder}/{LISTED}", _rows_with_truth(deployed))
    _upload(deployed, f"{folder}/nightly/not-listed.csv", b"no,numbers")
    _upload(deployed, manifest, json.dumps([{"prefix": f"s3://{bucket}/{folder}/"}, LISTED]).encode())
    name = str(job["TransformJobName"]).replace("<aws.scheduler.execution-id>", "demo")
    deployed.client("sagemaker").create_transform_job(**{**job, "TransformJobName": name})
    answers = _answers(deployed, f"{job['TransformOutput']['S3OutputPath']}/{LISTED}.out")
    return Answered(
        kind="nightly run",
        endpoint=name,
        asked=f"the job of the schedule, now: {len(answers)} rows of the one file that its manifest lists",
        answered=right(answers),
        answers=answers,
    )


def _rows_with_truth(deployed: Deployment) -> bytes:
    return "\n".join(",".join((row.truth, *row.features)) for row in deployed.rows).encode()


def _upload(deployed: Deployment, key: str, body: bytes) -> None:
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=body)


def _answers(deployed: Deployment, result: str) -> list[Answer]:
    """What the output filter has left of each row: the truth, the label and its score."""
    body = deployed.wait_for(f"the result {result}", lambda: deployed.read(result), seconds=120)
    scored = list(csv.reader(io.StringIO(body.decode())))
    if [row.truth for row in deployed.rows] != [truth for truth, *_ in scored]:
        raise DemoFailure(f"{result} does not hold the rows that were uploaded")
    return [
        Answer(row=number, truth=truth, label=label, score=float(score))
        for number, (truth, label, score) in enumerate(scored, start=1)
    ]


QUESTIONS = (
    Question("batch transform", "batch-transform", score_a_file, needs="OutputPrefix"),
    Question("nightly run", "batch-transform", run_what_the_clock_runs, needs="ScheduleName"),
)
