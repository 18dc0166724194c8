"""Requests that change: an alarm, another baseline, and the end of the alarm, in the hours of another day."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.deployment import Answered, Deployment
from demo.executions import cancer_rows
from demo.failure import DemoFailure

_ASKED = "drift-of-the-demo"
_COLUMN, _IN_INCHES = 3, 0.155
"""The mean area, in another unit."""


def watch_requests(deployed: Deployment) -> Answered:
    """What the endpoint was asked, as it is and in another unit, against rows in the old and in the new unit."""
    _renew(deployed, "old", 1.0)
    requests = _captured(deployed)
    day = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [day + timedelta(hours=number) for number in range(3)]
    calm = _looked_at(deployed, hours[0], requests, 1.0)
    shifted = _looked_at(deployed, hours[1], requests, _IN_INCHES)
    _alarm(deployed, "ALARM")
    _renew(deployed, "new", _IN_INCHES)
    again = _looked_at(deployed, hours[2], requests, _IN_INCHES)
    _alarm(deployed, "OK")
    found = ", ".join(shifted["confirmed"])
    if calm["confirmed"] or not shifted["confirmed"] or again["confirmed"]:
        raise DemoFailure(f"the monitor found: {calm['says']}; {shifted['says']}; {again['says']}")
    return Answered(
        kind="drift",
        endpoint=deployed.outputs["MonitorName"],
        asked=f"{calm['rows']} captured rows, then one column of them in another unit, then with rows like these",
        answered=f"{calm['says']}; {shifted['severity']}: {found}, and an alarm, which ended with another baseline",
    )


def _renew(deployed: Deployment, name: str, factor: float) -> None:
    """Have the schedule's job make the baseline now, of rows without what the model predicts."""
    header, *rows = csv.reader(io.StringIO(cancer_rows().decode()))
    lines = [header[1:], *(_in_unit(row[1:], factor) for row in rows)]
    text = "\n".join(",".join(line) for line in lines)
    key = f"{deployed.outputs['MonitorRows']}/rows.csv"
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=text.encode())
    scheduled = deployed.client("scheduler").get_schedule(Name=deployed.outputs["BaselineSchedule"])
    job = json.loads(scheduled["Target"]["Input"])
    named = str(job["ProcessingJobName"]).replace("<aws.scheduler.execution-id>", name)
    sagemaker = deployed.client("sagemaker")
    sagemaker.create_processing_job(**{**job, "ProcessingJobName": named})

    def ended() -> Mapping[str, Any] | None:
        described = sagemaker.describe_processing_job(ProcessingJobName=named)
        return None if described["ProcessingJobStatus"] == "InProgress" else described

    described = deployed.wait_for(f"the end of {named}", ended)
    if described["ProcessingJobStatus"] != "Completed":
        raise DemoFailure(f"there is no baseline: {described.get('FailureReason')}")


def _in_unit(row: Sequence[str], factor: float) -> list[str]:
    return [str(float(value) * factor) if place == _COLUMN else value for place, value in enumerate(row)]


def _captured(deployed: Deployment) -> list[dict[str, Any]]:
    """What the endpoint has captured of a request with all rows."""
    deployed.predict(deployed.rows, InferenceId=_ASKED)
    s3 = deployed.client("s3")
    bucket, folder = _place(deployed)

    def lines() -> list[dict[str, Any]] | None:
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=folder).get("Contents", [])
        keys = sorted((each for each in listed), key=lambda each: each["LastModified"], reverse=True)
        for each in keys:
            text = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode()
            found = [json.loads(line) for line in text.splitlines() if _ASKED in line]
            if found:
                return found
        return None

    return deployed.wait_for("the captured request", lines)


def _place(deployed: Deployment) -> tuple[str, str]:
    """Bucket and folder of what the endpoint captures."""
    sagemaker = deployed.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=deployed.endpoint)["DataCaptureConfig"]
    bucket, _, prefix = config["DestinationS3Uri"].removeprefix("s3://").partition("/")
    return bucket, f"{prefix}/{deployed.endpoint}/"


def _looked_at(
    deployed: Deployment, hour: datetime, requests: Sequence[Mapping[str, Any]], factor: float
) -> Mapping[str, Any]:
    """What the monitor tells of an hour in which the endpoint was asked so."""
    bucket, folder = _place(deployed)
    lines = [json.dumps(_asked(each, hour, factor)) for each in requests]
    key = f"{folder}AllTraffic/{hour:%Y/%m/%d/%H}/rows.jsonl"
    deployed.client("s3").put_object(Bucket=bucket, Key=key, Body="\n".join(lines).encode())
    due = hour + timedelta(hours=1, minutes=15)
    answer = deployed.client("lambda").invoke(
        FunctionName=deployed.outputs["MonitorFunction"], Payload=json.dumps({"time": due.isoformat()})
    )
    if "FunctionError" in answer:
        raise DemoFailure(f"the monitor did not start: {answer['Payload'].read().decode()[:300]}")
    report = f"monitoring/reports/{deployed.outputs['MonitorName']}/{hour:%Y/%m/%d/%H}/told.json"
    told = deployed.wait_for(
        f"the report of {hour:%H}:00", lambda: deployed.read(f"s3://{deployed.data_bucket}/{report}")
    )
    return json.loads(told)


def _asked(line: Mapping[str, Any], hour: datetime, factor: float) -> Mapping[str, Any]:
    given = line["captureData"]["endpointInput"]
    rows = [_in_unit(row.split(","), factor) for row in given["data"].splitlines()]
    asked = {**given, "data": "\n".join(",".join(row) for row in rows)}
    moment = {**line["eventMetadata"], "inferenceTime": f"{hour:%Y-%m-%dT%H:%M:%SZ}"}
    return {**line, "captureData": {**line["captureData"], "endpointInput": asked}, "eventMetadata": moment}


def _alarm(deployed: Deployment, state: str) -> None:
    """Wait until the alarm on drift is in a state."""
    name = deployed.outputs["MonitorAlarm"]

    def seen() -> bool | None:
        alarms = deployed.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
        return True if alarms["CompositeAlarms"][0]["StateValue"] == state else None

    deployed.wait_for(f"the state {state} of the alarm on drift", seen, 60)
