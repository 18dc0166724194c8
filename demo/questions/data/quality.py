"""Rules of Glue Data Quality: what rows of the lake keep, and what is told of one that does not."""

import json
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure

_GOOD, _BAD = "2026-02-01", "2026-02-02"
_ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")


def judge_rows(deployed: Deployment) -> Answered:
    """What the schedule starts by the clock is started now, over good rows and over one that is not.

    Its rows are gone afterwards: others query the table, before this and when the demo is run again.
    """
    schedule = deployed.outputs["QualitySchedules"].split(",")[0]
    target = deployed.client("scheduler").get_schedule(Name=schedule)["Target"]
    request = json.loads(target["Input"])
    with _row(deployed, _GOOD, "patient-0,benign"):
        kept = _evaluated(deployed, request)
        if any(each["Result"] != "PASS" for each in kept):
            raise DemoFailure(f"good rows did not keep {kept}")
        heard = _listen(deployed)
        with _row(deployed, _BAD, ",unknown"):
            failed = [each["EvaluatedRule"] for each in _evaluated(deployed, request) if each["Result"] == "FAIL"]
    told = deployed.wait_for("the message of the rules that failed", lambda: _heard(deployed, heard))
    if not failed or told["detail"]["rulesFailed"] != len(failed):
        raise DemoFailure(f"{len(failed)} rules failed, and {told['detail']} was told")
    return Answered(
        kind="quality",
        endpoint=request["RulesetNames"][0],
        asked=f"{len(kept)} rules of Glue Data Quality, without and with a row of nobody",
        answered=f"all kept; then {len(failed)} failed, and the alarm topic was told",
    )


@contextmanager
def _row(deployed: Deployment, day: str, row: str) -> Generator[None]:
    s3, key = deployed.client("s3"), f"lake/diagnoses/day={day}/rows.csv"
    s3.put_object(Bucket=deployed.data_bucket, Key=key, Body=f"patient,diagnosis\n{row}\n".encode())
    try:
        yield
    finally:
        s3.delete_object(Bucket=deployed.data_bucket, Key=key)


def _evaluated(deployed: Deployment, request: Any) -> list[Any]:
    glue = deployed.client("glue")
    run = glue.start_data_quality_ruleset_evaluation_run(**request)["RunId"]

    def ended() -> Any:
        found = glue.get_data_quality_ruleset_evaluation_run(RunId=run)
        return found if found["Status"] in _ENDED else None

    last = deployed.wait_for(f"the end of {run}", ended)
    if last["Status"] != "SUCCEEDED":
        raise DemoFailure(f"{run} ended as {last['Status']}: {last.get('ErrorString')}")
    [result] = last["ResultIds"]
    return glue.get_data_quality_result(ResultId=result)["RuleResults"]


def _listen(deployed: Deployment) -> str:
    """A queue that hears what the alarm topic is told."""
    sqs = deployed.client("sqs")
    queue = sqs.create_queue(QueueName=f"quality-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events = deployed.client("events")
    rules = [each["Name"] for each in events.list_rules()["Rules"] if "Data Quality" in each.get("EventPattern", "")]
    [topic] = {each["Arn"] for name in rules for each in events.list_targets_by_rule(Rule=name)["Targets"]}
    deployed.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return queue


def _heard(deployed: Deployment, queue: str) -> Any:
    for message in deployed.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
        told = json.loads(json.loads(message["Body"])["Message"])
        if told.get("detail-type") == "Data Quality Evaluation Results Available":
            return told
    return None


QUESTIONS = (Question("quality", "lake", judge_rows, needs="QualitySchedules", last=True),)
