"""Batch transform: a file arrives, and its rows come back with labels."""

import csv
import io

from demo.failure import DemoFailure
from demo.questions.deployment import Answered, Deployment, split_url
from demo.questions.held_out import Answer, right

NAME = "held-out.csv"


def score_a_file(deployed: Deployment) -> Answered:
    """Upload rows with the truth in front, which the model must not see, and read them back with its answers."""
    bucket, prefix = deployed.data_bucket, deployed.outputs["InputPrefix"]
    rows = "\n".join(",".join((row.truth, *row.features)) for row in deployed.rows)
    deployed.client("s3").put_object(Bucket=bucket, Key=f"{prefix}/{NAME}", Body=rows.encode())
    result = f"s3://{bucket}/{deployed.outputs['OutputPrefix']}/{NAME}.out"
    body = deployed.wait_for(f"the result {result}", lambda: deployed.read(result), seconds=120)
    scored = list(csv.reader(io.StringIO(body.decode())))
    if [row.truth for row in deployed.rows] != [truth for truth, *_ in scored]:
        raise DemoFailure(f"{result} does not hold the rows that were uploaded")
    answers = [
        Answer(row=number, truth=truth, label=label, score=float(score))
        for number, (truth, label, score) in enumerate(scored, start=1)
    ]
    return Answered(
        kind="batch transform",
        endpoint=f"…/{split_url(result)[1]}",
        asked=f"{len(answers)} rows in an upload, their truth filtered from the model's input",
        answered=f"joined {len(scored)} answers to their rows; {right(answers)}",
        answers=answers,
    )
