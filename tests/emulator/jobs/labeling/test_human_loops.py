"""Amazon A2I over boto3: a flow that the construct has made, loops of an endpoint's answers, people at the portal."""

import json
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from botocore.exceptions import ClientError

from emulator.jobs.labeling import human_loops
from emulator.jobs.labeling.board import TaskBoard
from emulator.jobs.labeling.human_loops import HumanLoops
from emulator.launcher import RunningEmulator
from emulator.ministack.scope import Scope
from emulator.sagemaker.api.records import Records
from emulator.shapes.errors import ServiceError
from harness.aws_clients import Clients, wait_for
from harness.labeling.worker_portal import WorkerPortal, workforce
from harness.published_stack import deploy
from harness.serving_endpoints import deploy_model
from sagemaker_constructs.labeling import HumanReviewFlow, LowConfidenceReview, WorkerPage, WorkTeam
from sagemaker_constructs.serving import RealTimeEndpoint

BUCKET = "reviewed-images"
PAGE = (
    '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
    "<crowd-form>{{ task.input.answer }}</crowd-form>"
)


@pytest.fixture(scope="module")
def portal(emulator: RunningEmulator, sagemaker: Any, client: Clients) -> WorkerPortal:
    client("s3").create_bucket(Bucket=BUCKET)
    return workforce(emulator, sagemaker, "reviewers", "Reviewers")


@pytest.fixture(scope="module")
def outputs(
    portal: WorkerPortal,
    sagemaker: Any,
    client: Clients,
    echo_image: str,
    context: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    deploy_model(sagemaker, "reviewed", PrimaryContainer={"Image": echo_image, "Environment": {"MARK": "echo"}})

    def build(stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Data", BUCKET)
        flow = HumanReviewFlow(
            stack,
            "Flow",
            title="Is it right?",
            page=WorkerPage(PAGE),
            team=WorkTeam.from_arn(stack, "Team", "arn:aws:sagemaker:us-east-1:123456789012:workteam/reviewers"),
            objects=bucket,
            prefix="unsure",
            output=bucket,
            people_per_object=2,
        )
        endpoint = RealTimeEndpoint.from_endpoint_name(stack, "Endpoint", "reviewed")
        review = LowConfidenceReview(stack, "Review", endpoint=endpoint, confidence="score", below=0.8, to=flow)
        cdk.CfnOutput(stack, "FlowArn", value=flow.arn)
        cdk.CfnOutput(stack, "Function", value=review.function_arn)

    stack = deploy(client, "reviewed-answers", build, context=context, outdir=tmp_path_factory.mktemp("review"))
    return {each["OutputKey"]: each["OutputValue"] for each in stack.describe()["Outputs"]}


def test_an_answer_without_confidence_is_reviewed_by_two_people(
    outputs: dict[str, str], portal: WorkerPortal, sagemaker: Any, client: Clients
) -> None:
    flow = sagemaker.list_flow_definitions()["FlowDefinitionSummaries"][0]
    assert flow["FlowDefinitionArn"] == outputs["FlowArn"]
    events, sqs, loops = client("events"), client("sqs"), client("sagemaker-a2i-runtime")
    heard = sqs.create_queue(QueueName="reviews")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker A2I HumanLoop Status Change"]}
    events.put_rule(Name="reviews", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="reviews", Targets=[{"Id": "1", "Arn": arn}])

    asked = json.dumps({"body": "7", "contentType": "text/csv"}).encode()
    answer = client("lambda").invoke(FunctionName=outputs["Function"], Payload=asked)["Payload"].read()
    told = json.loads(answer)
    assert told["confidence"] is None, told
    name = told["review"].rpartition("/")[2]
    [task] = portal.tasks(name, 1)
    shown = task["input"]
    assert shown["answer"] == told["body"]
    assert portal.request(f"/objects/{task['id']}")[2] == b"7"
    described = loops.describe_human_loop(HumanLoopName=name)
    assert (described["HumanLoopStatus"], "HumanLoopOutput" in described) == ("InProgress", False)
    for worker in ("ann", "bob"):
        assert portal.answer(task, worker, {"right": worker == "ann"}) == (200, "")
    described = loops.describe_human_loop(HumanLoopName=name)
    assert (described["HumanLoopStatus"], described["HumanLoopArn"]) == ("Completed", told["review"])
    url = described["HumanLoopOutput"]["OutputS3Uri"]
    moment = described["CreationTime"].astimezone(UTC).strftime("%Y/%m/%d/%H/%M/%S")
    assert url == f"s3://{BUCKET}/reviews/{flow['FlowDefinitionName']}/{moment}/{name}/output.json"
    body = client("s3").get_object(Bucket=BUCKET, Key=url.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    written = json.loads(body)
    assert written.keys() == {"flowDefinitionArn", "humanAnswers", "humanLoopName", "inputContent"}
    assert written["inputContent"] == shown
    assert [each["answerContent"] for each in written["humanAnswers"]] == [{"right": True}, {"right": False}]
    assert written["humanAnswers"][0]["workerMetadata"]["identityData"]["identityProviderType"] == "Cognito"
    [message] = wait_for(lambda: sqs.receive_message(QueueUrl=heard).get("Messages", []), bool)
    event = json.loads(message["Body"])
    assert event["resources"] == [told["review"]]
    assert event["detail"]["humanLoopStatus"] == "Completed"
    assert event["detail"]["humanLoopOutput"] == {"outputS3Uri": url}


def test_loops_are_listed_stopped_and_deleted(outputs: dict[str, str], portal: WorkerPortal, client: Clients) -> None:
    loops = client("sagemaker-a2i-runtime")

    def start(name: str, content: str = '{"x": 1}', flow: str = outputs["FlowArn"]) -> None:
        loops.start_human_loop(HumanLoopName=name, FlowDefinitionArn=flow, HumanLoopInput={"InputContent": content})

    start("first")
    start("second")
    listed = loops.list_human_loops(FlowDefinitionArn=outputs["FlowArn"], MaxResults=1)
    assert [each["HumanLoopName"] for each in listed["HumanLoopSummaries"]] == ["second"]
    after = loops.list_human_loops(FlowDefinitionArn=outputs["FlowArn"], NextToken=listed["NextToken"], MaxResults=1)
    assert [each["HumanLoopName"] for each in after["HumanLoopSummaries"]] == ["first"]
    none = loops.list_human_loops(
        FlowDefinitionArn=outputs["FlowArn"], CreationTimeAfter=datetime(2099, 1, 1, tzinfo=UTC)
    )
    assert none["HumanLoopSummaries"] == []
    [task] = portal.tasks("first", 1)
    assert _refused(lambda: loops.delete_human_loop(HumanLoopName="first")) == "ValidationException"
    loops.stop_human_loop(HumanLoopName="first")
    assert loops.describe_human_loop(HumanLoopName="first")["HumanLoopStatus"] == "Stopped"
    assert portal.answer(task, "ann", {})[0] == 404
    assert _refused(lambda: loops.stop_human_loop(HumanLoopName="first")) == "ValidationException"
    loops.delete_human_loop(HumanLoopName="first")
    assert _refused(lambda: loops.describe_human_loop(HumanLoopName="first")) == "ResourceNotFoundException"
    assert _refused(lambda: start("second")) == "ConflictException"
    assert _refused(lambda: start("third", "7")) == "ValidationException"
    assert _refused(lambda: start("third", flow=outputs["FlowArn"] + "x")) == "ValidationException"
    loops.stop_human_loop(HumanLoopName="second")


def _refused(call: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(cast(Any, refused.value).response["Error"]["Code"])


class Store:
    """Objects that are written."""

    def __init__(self, *, broken: bool = False) -> None:
        self.objects: dict[str, Any] = {}
        self.broken = broken

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> Any:  # noqa: N803
        if self.broken:
            raise OSError("no way to S3")
        self.objects[f"{Bucket}/{Key}"] = Body

    def get_object(self, **_asked: Any) -> Any:
        raise AssertionError("loops read nothing")

    def list_objects_v2(self, **_asked: Any) -> Any:
        raise AssertionError("loops list nothing")


def _anywhere(_account: str, _region: str) -> AbstractContextManager[None]:
    return nullcontext()


def _kept(store: Store, told: list[str], lifetime: int = 60) -> tuple[HumanLoops, TaskBoard]:
    """A loop of an emulator that has ended, with the first of two answers."""
    board = TaskBoard()
    records = Records(lambda: Scope("123456789012", "us-east-1"), lambda: None)
    loops = HumanLoops(records, board, store, lambda _owner, _kind, detail, _about: told.append(detail), lambda: None)
    human = {"WorkteamArn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/raters", "TaskCount": 2}
    flow = {
        "FlowDefinitionName": "cats",
        "arn": "arn:flow",
        "HumanLoopConfig": {
            **human,
            "TaskTitle": "Look",
            "TaskDescription": "Look",
            "TaskAvailabilityLifetimeInSeconds": lifetime,
        },
        "OutputConfig": {"S3OutputPath": "s3://b/out/"},
    }
    loop = {"name": "first", "arn": "arn:loop", "account": "123456789012", "region": "us-east-1", "flow": flow}
    answers = [{"worker": "ann", "content": {"right": True}, "at": "2026-11-30T09:00:00.000+00:00"}]
    loops.restore({"loops": [{**loop, "content": {"x": 1}, "created": time.time() - 30, "answers": answers}]})
    return loops, board


def test_a_loop_outlives_the_emulator_with_the_answers_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(human_loops, "in_scope", _anywhere)
    store, told = Store(), list[str]()
    loops, board = _kept(store, told)
    [task] = board.open(["raters"])
    with pytest.raises(ServiceError, match="ann has answered"):
        board.submit(task, "ann", {"right": False})
    board.submit(task, "bob", {"right": False})
    [saved] = loops.get_state()["loops"]
    assert (saved["status"], len(saved["answers"])) == ("Completed", 2)
    [body] = store.objects.values()
    assert [each["workerId"] for each in json.loads(body)["humanAnswers"]] == ["ann", "bob"]
    assert json.loads(told[0])["humanLoopStatus"] == "Completed"
    assert board.open(["raters"]) == []


@pytest.mark.parametrize(("broken", "lifetime", "reason"), [(True, 60, "no way to S3"), (False, 20, "expired")])
def test_a_loop_that_cannot_be_kept_or_that_nobody_takes_has_failed(
    broken: bool, lifetime: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(human_loops, "in_scope", _anywhere)
    told = list[str]()
    loops, board = _kept(Store(broken=broken), told, lifetime)
    if broken:
        board.submit(board.open(["raters"])[0], "bob", {})
    loops.expire()
    [saved] = loops.get_state()["loops"]
    assert saved["status"] == "Failed"
    assert reason in saved["failure"]
    assert reason in json.loads(told[0])["failureReason"]
