"""AWS Batch: a container of the library prepares rows, from S3 to S3."""

import csv
import io
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows
from demo.failure import DemoFailure

_ROWS = "batch-jobs/raw/rows.csv"
_PARTS = ("train", "validation")


def run_a_job(deployed: Deployment) -> Answered:
    """Rows are uploaded; a job divides them into those to learn from and those to judge by."""
    s3, batch = deployed.client("s3"), deployed.client("batch")
    s3.put_object(Bucket=deployed.data_bucket, Key=_ROWS, Body=cancer_rows())
    definition = deployed.outputs["JobDefinitions"].split(",")[0]
    job = batch.submit_job(jobName="demo", jobQueue=deployed.outputs["JobQueueArn"], jobDefinition=definition)

    def ended() -> Any:
        [found] = batch.describe_jobs(jobs=[job["jobId"]])["jobs"]
        return found if found["status"] in ("SUCCEEDED", "FAILED") else None

    last = deployed.wait_for(f"the end of job {job['jobId']}", ended)
    if last["status"] == "FAILED":
        raise DemoFailure(f"{definition} ended as FAILED: {last['statusReason']}, {last['container']}")
    counted = {name: _rows(deployed, f"batch-jobs/{name}/{name}.csv") for name in _PARTS}
    place = batch.describe_job_definitions(jobDefinitionName=definition, status="ACTIVE")["jobDefinitions"][0]
    told = " and ".join(f"{count} for {name}" for name, count in counted.items())
    return Answered(
        kind="batch",
        endpoint=definition,
        asked=f"a job of its image on {place['platformCapabilities'][0].capitalize()}",
        answered=f"{sum(counted.values())} rows prepared, {told}; exit code {last['container']['exitCode']}",
    )


def _rows(deployed: Deployment, key: str) -> int:
    body = deployed.read(f"s3://{deployed.data_bucket}/{key}")
    if body is None:
        raise DemoFailure(f"the job left no {key}")
    return len(list(csv.DictReader(io.StringIO(body.decode()))))


QUESTIONS = (Question("batch", "batch", run_a_job, needs="JobQueueArn"),)
