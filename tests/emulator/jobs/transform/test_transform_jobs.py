"""Transform jobs over boto3, with the tabular image's real model."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import start
from harness.aws_clients import AWS_IMAGE, ROLE, Clients, clients_of, model, refused, saved, wait_for
from lambdas.job import logic

RUNNING = ("InProgress", "Stopping")


def request(
    name: str,
    model_name: str,
    bucket: str = "transformed",
    split: str = "Line",
    **members: Any,
) -> dict[str, Any]:
    return {
        "TransformJobName": name,
        "ModelName": model_name,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/in/"}},
            "ContentType": "text/csv",
            "SplitType": split,
        },
        "TransformOutput": {"S3OutputPath": f"s3://{bucket}/{name}", "Accept": "text/csv", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **members,
    }


def ended(sagemaker: Any, name: str) -> Any:
    return wait_for(
        lambda: sagemaker.describe_transform_job(TransformJobName=name),
        lambda job: job["TransformJobStatus"] not in RUNNING,
    )


@pytest.fixture(scope="module")
def echo(sagemaker: Any, client: Clients, echo_image: str) -> str:
    client("s3").create_bucket(Bucket="transformed")
    client("s3").put_object(Bucket="transformed", Key="in/a.csv", Body=b"1,2\n3,4\n")
    return model(sagemaker, "echoes", echo_image, MARK="m")


def test_a_job_transforms(sagemaker: Any, client: Clients, echo: str) -> None:
    sagemaker.create_transform_job(**request("transforms", echo, BatchStrategy="SingleRecord"))
    job = ended(sagemaker, "transforms")
    assert job["TransformJobStatus"] == "Completed", job
    assert job["TransformEndTime"] >= job["TransformStartTime"] >= job["CreationTime"]
    assert job["TransformJobArn"].endswith(":transform-job/transforms")
    assert job["TransformOutput"]["S3OutputPath"] == "s3://transformed/transforms"
    written = client("s3").get_object(Bucket="transformed", Key="transforms/a.csv.out")["Body"].read()
    assert [json.loads(line)["body"] for line in written.splitlines()] == ["1,2", "3,4"]
    listed = sagemaker.list_transform_jobs(NameContains="transforms", StatusEquals="Completed")
    assert [each["TransformJobName"] for each in listed["TransformJobSummaries"]] == ["transforms"]
    assert "is in status Completed" in refused(sagemaker.stop_transform_job, TransformJobName="transforms")[1]


def test_a_pipeline_transforms_in_all_its_containers(
    sagemaker: Any, client: Clients, echo_image: str, echo: str
) -> None:
    del echo
    stages = [
        {"ContainerHostname": stage, "Image": echo_image, "Environment": {"MARK": stage}}
        for stage in ("prepare", "predict")
    ]
    sagemaker.create_model(
        ModelName="stages",
        ExecutionRoleArn=ROLE,
        Containers=stages,
        InferenceExecutionConfig={"Mode": "Serial"},
    )
    sagemaker.create_transform_job(**request("through-stages", "stages", BatchStrategy="SingleRecord"))
    assert ended(sagemaker, "through-stages")["TransformJobStatus"] == "Completed"
    written = client("s3").get_object(Bucket="transformed", Key="through-stages/a.csv.out")["Body"].read()
    answers = [json.loads(line) for line in written.splitlines()]
    assert [answer["mark"] for answer in answers] == ["predict", "predict"]
    assert [json.loads(answer["body"]) for answer in answers] == [
        {"body": "1,2", "mark": "prepare"},
        {"body": "3,4", "mark": "prepare"},
    ]


def test_a_failure_is_described(sagemaker: Any, client: Clients, echo: str) -> None:
    client("s3").create_bucket(Bucket="refusing")
    client("s3").put_object(Bucket="refusing", Key="in/a.csv", Body=b"refuse")
    sagemaker.create_transform_job(**request("refused", echo, "refusing"))
    job = ended(sagemaker, "refused")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: s3://refusing/in/a.csv: HTTP 418: a teapot"


def test_eventbridge_is_told_of_a_failure(sagemaker: Any, client: Clients, echo: str) -> None:
    sqs, events = client("sqs"), client("events")
    queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Transform Job State Change"],
        "detail": {"TransformJobStatus": ["Failed"], "ModelName": [echo]},
    }
    events.put_rule(Name="failures", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="failures", Targets=[{"Id": "queue", "Arn": arn}])
    for name, path in (("tells", "in"), ("tells-of-failure", "nothing")):
        job = request(name, echo, BatchStrategy="SingleRecord")
        job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://transformed/{path}/"
        sagemaker.create_transform_job(**job)
        ended(sagemaker, name)
    [message] = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages", []), bool)
    detail = json.loads(message["Body"])["detail"]
    assert (detail["TransformJobName"], detail["TransformJobStatus"]) == ("tells-of-failure", "Failed")
    assert "no S3 objects found" in detail["FailureReason"]


def test_an_aws_image_is_not_pretended(sagemaker: Any, echo: str) -> None:
    del echo
    sagemaker.create_transform_job(**request("foreign-transform", model(sagemaker, "foreign-model", AWS_IMAGE)))
    assert "was not built in this emulator" in ended(sagemaker, "foreign-transform")["FailureReason"]


def test_what_the_api_refuses(sagemaker: Any, echo: str) -> None:
    create = sagemaker.create_transform_job
    payload = refused(create, **request("big", echo, MaxPayloadInMB=20, MaxConcurrentTransforms=6))
    assert payload[0] == "ValidationException"
    assert "must not exceed 100 MB" in payload[1]
    assert "Could not find model" in refused(create, **request("orphan", "no-such-model"))[1]
    crowd = {f"NAME_{number}": "x" for number in range(17)}
    assert refused(create, **request("crowd", echo, Environment=crowd))[0] == "ValidationException"
    assert sagemaker.list_transform_jobs(NameContains="big")["TransformJobSummaries"] == []


def test_a_job_is_stopped(sagemaker: Any, client: Clients, echo_image: str, echo: str) -> None:
    del echo
    slow = model(sagemaker, "slow-to-start", echo_image, SECONDS_TO_START="60")
    sagemaker.create_transform_job(**request("halted", slow))
    started = wait_for(
        lambda: sagemaker.describe_transform_job(TransformJobName="halted"), lambda job: "TransformStartTime" in job
    )
    assert started["TransformJobStatus"] == "InProgress"
    sagemaker.stop_transform_job(TransformJobName="halted")
    assert ended(sagemaker, "halted")["TransformJobStatus"] == "Stopped"


def test_a_job_cut_short_by_a_crash_has_failed(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    client = clients_of(first)
    client("s3").create_bucket(Bucket="transformed")
    client("s3").put_object(Bucket="transformed", Key="in/a.csv", Body=b"1")
    sagemaker = client("sagemaker")
    sagemaker.create_transform_job(**request("cut", model(sagemaker, "slow", echo_image, SECONDS_TO_START="60")))
    wait_for(lambda: "TransformStartTime" in saved(own_state, "sagemaker"), bool)
    os.kill(first.pid, signal.SIGKILL)
    second = wait_for(lambda: _started(own_state), bool)
    assert "transform job cut was running: the emulator was stopped in the middle" in second.interrupted
    job = clients_of(second)("sagemaker").describe_transform_job(TransformJobName="cut")
    assert (job["TransformJobStatus"], job["FailureReason"]) == ("Failed", "the emulator was stopped in the middle")


def _started(state: Path) -> Any:
    from emulator.launcher import EmulatorError, attach

    try:
        attach(state)
    except EmulatorError:
        return start(state)
    return None


def test_a_state_machine_waits_for_a_job(client: Clients, echo: str) -> None:
    machines = client("stepfunctions")
    definition = {
        "StartAt": "Score",
        "States": {
            "Score": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
                "Parameters": request("by-machine", echo),
                "ResultSelector": {"status.$": "$.TransformJobStatus"},
                "End": True,
            }
        },
    }
    arn = machines.create_state_machine(name="score", definition=json.dumps(definition), roleArn=ROLE)
    execution = machines.start_execution(stateMachineArn=arn["stateMachineArn"])["executionArn"]
    done = wait_for(
        lambda: machines.describe_execution(executionArn=execution),
        lambda described: described["status"] != "RUNNING",
    )
    assert (done["status"], json.loads(done["output"])) == ("SUCCEEDED", {"status": "Completed"})


class Api:
    """The job function's calls, over a client of the emulator."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        return getattr(self.client, operation)(**arguments)

    def code_of(self, error: Exception) -> str | None:
        response: Any = getattr(error, "response", {})
        return response.get("Error", {}).get("Code")


def test_the_job_function_starts_once_and_cancels(sagemaker: Any, echo_image: str, echo: str) -> None:
    del echo
    asked = request("unused", model(sagemaker, "slow-for-cloudformation", echo_image, SECONDS_TO_START="60"))
    del asked["TransformJobName"]
    event = {
        "StackId": "stack",
        "LogicalResourceId": "Score",
        "RequestId": "1",
        "ResourceProperties": {"Kind": "TransformJob", "NamePrefix": "cancelled", "Request": json.dumps(asked)},
    }
    api, job = Api(sagemaker), logic.JobRequest.from_event(event)
    name = logic.choose(api, job)
    for _ in range(2):
        logic.create(api, job, name)
        assert logic.choose(api, job) == name
    assert len(sagemaker.list_transform_jobs(NameContains="cancelled")["TransformJobSummaries"]) == 1
    assert logic.result(api, job.kind, name) is None
    logic.stop(api, job.kind, name)
    wait_for(lambda: logic.has_stopped(api, job.kind, name), bool)
    with pytest.raises(logic.JobFailed, match=f"TransformJob {name} ended as Stopped"):
        logic.result(api, job.kind, name)
    logic.stop(api, job.kind, name)
