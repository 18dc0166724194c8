"""A flow of Data Wrangler, over rows of which some miss a number."""

import csv
import io
import json
import uuid
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows
from demo.failure import DemoFailure

_MISSING_EVERY = 10
_ENDED = ("Completed", "Failed", "Stopped")


def run_the_flow(deployed: Deployment) -> Answered:
    """What the schedule starts by the clock is started now; a tenth of the rows miss what the flow fills in."""
    _put_rows(deployed)
    sagemaker, schedule = deployed.client("sagemaker"), deployed.outputs["FlowSchedules"].split(",")[0]
    target = deployed.client("scheduler").get_schedule(Name=schedule)["Target"]
    request = json.loads(target["Input"])
    name = str(request["ProcessingJobName"]).replace("<aws.scheduler.execution-id>", str(uuid.uuid4()))
    sagemaker.create_processing_job(**{**request, "ProcessingJobName": name})

    def ended() -> Any:
        found = sagemaker.describe_processing_job(ProcessingJobName=name)
        return found if found["ProcessingJobStatus"] in _ENDED else None

    last = deployed.wait_for(f"the end of {name}", ended)
    if last["ProcessingJobStatus"] != "Completed":
        raise DemoFailure(f"{name} ended as {last['ProcessingJobStatus']}: {last.get('FailureReason')}")
    [output] = request["ProcessingOutputConfig"]["Outputs"]
    node, result = output["OutputName"].split(".")
    body = deployed.read(f"{output['S3Output']['S3Uri']}/{name}/{node}/{result}/part-00000.csv")
    rows = list(csv.DictReader(io.StringIO((body or b"").decode())))
    radii = [float(row["mean_radius"]) for row in rows if row["mean_radius"]]
    if not rows or len(radii) < len(rows) or (min(radii), max(radii)) != (0.0, 1.0):
        raise DemoFailure(f"{name} left {len(rows)} rows with {len(radii)} radii from {min(radii, default=0)}")
    return Answered(
        kind="flow",
        endpoint=schedule,
        asked=f"a flow of Data Wrangler over {len(rows)} rows, every tenth without a radius",
        answered=f"radii filled in and scaled from 0 to 1, {', '.join([*rows[0]][-2:])} as columns",
    )


def _put_rows(deployed: Deployment) -> None:
    lines = ["patient,diagnosis,mean_radius,mean_texture"]
    for index, row in enumerate(csv.DictReader(io.StringIO(cancer_rows().decode()))):
        radius = "" if index % _MISSING_EVERY == 0 else row["mean radius"]
        lines.append(f"patient-{index},{row['diagnosis']},{radius},{row['mean texture']}")
    body = "".join(f"{line}\n" for line in lines).encode()
    key = "incoming/measurements/rows.csv"
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=body)


QUESTIONS = (Question("flow", "lake", run_the_flow, needs="FlowSchedules"),)
