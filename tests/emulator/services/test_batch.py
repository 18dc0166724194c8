"""Batch jobs run as processes of their image, and end as they did."""

import ast
import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import ImageStore
from emulator.launcher import start
from emulator.ministack.scope import Scope
from emulator.services.batch.attempts import Attempts, Placed
from emulator.services.batch.catalog import BatchCatalog
from emulator.services.batch.held import BatchRecords
from emulator.services.batch.jobs import BatchJobs
from emulator.services.batch.retries import Ending, tried_again
from emulator.services.batch.scheduling import Scheduling
from harness.aws_clients import ACCOUNT, AWS_IMAGE, ROLE, Clients, clients_of, kill, refused, saved, wait_for
from harness.containers.programs import IMAGES
from harness.deployed_stack import Stack, resource
from sagemaker_constructs.core.rules.catalogue import rules

BUCKET, GROUP = "tasks", "/tasks"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/assets:task"
EXITED = "Essential container in task exited"


def environment(kind: str = "FARGATE", *, replaced: bool = False, **resources: Any) -> dict[str, Any]:
    given = {"Type": kind, "MaxvCpus": 4, "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"], **resources}
    return resource(
        "Batch::ComputeEnvironment", Type="MANAGED", ReplaceComputeEnvironment=replaced, ComputeResources=given
    )


def queue(*environments: str) -> dict[str, Any]:
    order = [{"Order": at, "ComputeEnvironment": {"Ref": name}} for at, name in enumerate(environments, start=1)]
    return resource("Batch::JobQueue", Priority=1, ComputeEnvironmentOrder=order)


def definition(*command: str, container: Any = None, **members: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "Image": IMAGE,
        "Command": [*command],
        "ExecutionRoleArn": ROLE,
        "ResourceRequirements": [{"Type": "VCPU", "Value": "1"}, {"Type": "MEMORY", "Value": "2048"}],
        **(container or {}),
    }
    return resource(
        "Batch::JobDefinition",
        Type="container",
        PlatformCapabilities=["FARGATE"],
        ContainerProperties=properties,
        **members,
    )


class Jobs:
    """Jobs of one queue and one definition."""

    def __init__(self, client: Clients, queue_arn: str, definition_arn: str) -> None:
        self.client, self.batch = client, client("batch")
        self.queue, self.definition = queue_arn, definition_arn

    def submit(self, *command: str, **members: Any) -> str:
        given: dict[str, Any] = {
            "jobQueue": self.queue,
            "jobDefinition": self.definition,
            "jobName": "task",
            **members,
        }
        own: dict[str, Any] = given.pop("overrides", {})
        overrides = {**({"command": [*command]} if command else {}), **own}
        return self.batch.submit_job(**given, containerOverrides=overrides)["jobId"]

    def describe(self, job: str) -> Any:
        return self.batch.describe_jobs(jobs=[job])["jobs"][0]

    def until(self, job: str, *statuses: str) -> Any:
        return wait_for(lambda: self.describe(job), lambda found: found["status"] in statuses)

    def run(self, *command: str, **members: Any) -> Any:
        return self.until(self.submit(*command, **members), "SUCCEEDED", "FAILED")

    def put(self, key: str, text: str) -> None:
        self.client("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def get(self, key: str) -> str:
        return self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()

    def lines(self, job: Any, group: str = GROUP) -> list[str]:
        place = {"logGroupName": group, "logStreamName": job["container"]["logStreamName"]}
        return [each["message"] for each in self.client("logs").get_log_events(**place)["events"]]


@pytest.fixture(scope="module")
def task_image(image_root: Path) -> str:
    """An image that does what its arguments say."""
    store = ImageStore(image_root)
    store.build(IMAGES / "task", IMAGES / "task" / "Dockerfile", [IMAGE])
    store.push(IMAGE)
    return IMAGE


@pytest.fixture(scope="module")
def jobs(client: Clients, task_image: str) -> Jobs:
    client("s3").create_bucket(Bucket=BUCKET)
    client("ssm").put_parameter(Name="/tasks/word", Value="secret", Type="SecureString")
    stack = Stack(client("cloudformation"), "batch-jobs")
    log = {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Logs"}, "awslogs-stream-prefix": "own"}}
    secret = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/tasks/word"
    container = {"LogConfiguration": log, "Secrets": [{"Name": "MINE_SECRET", "ValueFrom": secret}]}
    status = stack.create(
        Logs=resource("Logs::LogGroup", LogGroupName=GROUP),
        Environment=environment(),
        Queue=queue("Environment"),
        Definition=definition("copy", "Ref::source", f"{BUCKET}/out", container=container),
    )
    assert status == "CREATE_COMPLETE", stack.reasons()
    return Jobs(client, stack.physical("Queue"), stack.physical("Definition"))


@pytest.fixture
def told(client: Clients, request: pytest.FixtureRequest) -> Any:
    """Statuses of a job, as EventBridge tells them."""
    name = request.node.name
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    pattern = {"source": ["aws.batch"], "detail-type": ["Batch Job State Change"], "detail": {"jobName": [name]}}
    client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    def statuses(count: int) -> list[str]:
        found: list[Any] = []

        def received() -> int:
            answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            found.extend(json.loads(each["Body"])["detail"] for each in answer.get("Messages", ()))
            return len(found)

        wait_for(received, lambda seen: seen >= count)
        return [each["status"] for each in sorted(found, key=lambda each: _ORDER.index(each["status"]))]

    return statuses


_ORDER = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def test_a_job_reads_and_writes_objects_and_says_so(jobs: Jobs, told: Any, request: pytest.FixtureRequest) -> None:
    jobs.put("in", "rows")
    ended = jobs.run(parameters={"source": f"{BUCKET}/in"}, jobName=request.node.name)
    assert (ended["status"], ended["container"]["exitCode"], ended["statusReason"]) == ("SUCCEEDED", 0, EXITED)
    assert jobs.get("out") == "ROWS"
    assert ended["createdAt"] <= ended["startedAt"] <= ended["stoppedAt"]
    assert ended["container"]["logStreamName"].startswith("own/default/")
    assert jobs.lines(ended) == [f"copied {BUCKET}/in"]
    assert told(4) == ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]


def test_an_array_has_a_job_for_each_index(jobs: Jobs) -> None:
    mine = {"environment": [{"name": "MINE", "value": "own"}]}
    ended = jobs.run("tell", f"{BUCKET}/array", arrayProperties={"size": 3}, overrides=mine)
    assert ended["status"] == "SUCCEEDED"
    assert ended["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 3
    said = [ast.literal_eval(jobs.get(f"array/{index}")) for index in range(3)]
    assert [each["AWS_BATCH_JOB_ARRAY_INDEX"] for each in said] == ["0", "1", "2"]
    assert {(each["AWS_BATCH_JOB_ARRAY_SIZE"], each["AWS_BATCH_JOB_ATTEMPT"]) for each in said} == {("3", "1")}
    assert {(each["MINE"], each["MINE_SECRET"]) for each in said} == {("own", "secret")}
    assert said[1]["AWS_BATCH_JOB_ID"] == f"{ended['jobId']}:1"
    assert said[1]["AWS_BATCH_JQ_NAME"] == jobs.queue.rpartition("/")[2]
    listed = jobs.batch.list_jobs(arrayJobId=ended["jobId"], jobStatus="SUCCEEDED")["jobSummaryList"]
    assert [each["arrayProperties"]["index"] for each in listed] == [0, 1, 2]


def test_a_failed_job_says_why_and_what_depends_on_it_never_runs(jobs: Jobs) -> None:
    first = jobs.submit("fail", "7", jobName="first")
    second = jobs.submit("tell", f"{BUCKET}/never", dependsOn=[{"jobId": first}])
    ended = jobs.until(first, "FAILED", "SUCCEEDED")
    assert (ended["status"], ended["container"]["exitCode"], ended["statusReason"]) == ("FAILED", 7, EXITED)
    assert jobs.lines(ended) == ["about to fail"]
    assert jobs.until(second, "FAILED", "SUCCEEDED")["statusReason"] == "Dependent Job failed"
    named = [{"name": "JOB_NAME", "values": ["FIRST"]}]
    [summary] = jobs.batch.list_jobs(jobQueue=jobs.queue, filters=named)["jobSummaryList"]
    assert (summary["jobId"], summary["container"]) == (first, {"exitCode": 7})


def test_an_array_fails_with_one_of_its_jobs_and_a_sequence_stops_there(jobs: Jobs) -> None:
    ended = jobs.run("fail-at", "1", arrayProperties={"size": 3}, dependsOn=[{"type": "SEQUENTIAL"}])
    assert (ended["status"], ended["statusReason"]) == ("FAILED", "Array Child Job failed")
    children = [jobs.describe(f"{ended['jobId']}:{index}") for index in range(3)]
    assert [(each["status"], each["container"].get("exitCode")) for each in children] == [
        ("SUCCEEDED", 0),
        ("FAILED", 9),
        ("FAILED", None),
    ]
    assert children[2]["statusReason"] == "Dependent Job failed"


def test_an_array_waits_index_by_index(jobs: Jobs) -> None:
    first = jobs.submit("fail-at", "0", arrayProperties={"size": 2})
    second = jobs.run(
        "tell", f"{BUCKET}/n", arrayProperties={"size": 2}, dependsOn=[{"jobId": first, "type": "N_TO_N"}]
    )
    statuses = [jobs.describe(f"{second['jobId']}:{index}")["status"] for index in range(2)]
    assert statuses == ["FAILED", "SUCCEEDED"]


def test_a_failed_attempt_is_repeated_as_the_strategy_says(jobs: Jobs) -> None:
    ended = jobs.run("third-time", retryStrategy={"attempts": 5})
    assert (ended["status"], [each["container"]["exitCode"] for each in ended["attempts"]]) == (
        "SUCCEEDED",
        [75, 75, 0],
    )
    exits = {"attempts": 5, "evaluateOnExit": [{"onExitCode": "7*", "action": "EXIT"}]}
    ended = jobs.run("third-time", retryStrategy=exits)
    assert (ended["status"], len(ended["attempts"])) == ("FAILED", 1)


def test_a_running_job_is_terminated_and_a_waiting_one_cancelled(jobs: Jobs) -> None:
    running = jobs.submit("wait", retryStrategy={"attempts": 3})
    waiting = jobs.submit("tell", f"{BUCKET}/never", dependsOn=[{"jobId": running}])
    found = jobs.until(running, "RUNNING", "FAILED")
    wait_for(lambda: jobs.lines(found), lambda lines: lines == ["waiting"])
    jobs.batch.cancel_job(jobId=running, reason="too late to cancel")
    jobs.batch.cancel_job(jobId=waiting, reason="not needed")
    assert [each["jobId"] for each in jobs.batch.list_jobs(jobQueue=jobs.queue)["jobSummaryList"]] == [running]
    jobs.batch.terminate_job(jobId=running, reason="enough")
    ended = jobs.until(running, "SUCCEEDED", "FAILED")
    assert (ended["status"], ended["statusReason"], ended["isTerminated"]) == ("FAILED", "enough", True)
    assert (ended["container"]["exitCode"], len(ended["attempts"])) == (3, 1)
    # It was to wait for one that failed: that counts first.
    assert jobs.until(waiting, "FAILED", "SUCCEEDED")["isCancelled"] is True


def test_what_cannot_start_says_why(jobs: Jobs, client: Clients) -> None:
    stack = Stack(client("cloudformation"), "batch-unstartable")
    lost = {"LogDriver": "awslogs", "Options": {"awslogs-group": "/no-such-group"}}
    assert (
        stack.create(
            Foreign=definition("tell", container={"Image": AWS_IMAGE}),
            Unlogged=definition("tell", container={"LogConfiguration": lost}),
            Large=definition("tell", f"{BUCKET}/large", container={"Environment": [{"Name": "MINE", "Value": "1"}]}),
        )
        == "CREATE_COMPLETE"
    ), stack.reasons()
    retried = {"attempts": 2, "evaluateOnExit": [{"onReason": "CannotPull*", "action": "RETRY"}]}
    ended = jobs.run(jobDefinition=stack.physical("Foreign"), retryStrategy=retried)
    assert (ended["status"], ended["statusReason"], len(ended["attempts"])) == ("FAILED", "Task failed to start", 2)
    assert ended["container"]["reason"].startswith(f"CannotPullContainerError: {AWS_IMAGE} was not built")
    assert "exitCode" not in ended["container"]
    ended = jobs.run(jobDefinition=stack.physical("Unlogged"))
    assert "/no-such-group" in ended["container"]["reason"] or "log stream" in ended["container"]["reason"]
    wide = {"resourceRequirements": [{"type": "VCPU", "value": "8"}, {"type": "MEMORY", "value": "16384"}]}
    stuck = jobs.submit(jobDefinition=stack.physical("Large"), overrides=wide)
    found = wait_for(lambda: jobs.describe(stuck), lambda job: job.get("statusReason"))
    assert (found["status"], found["statusReason"][:49]) == (
        "RUNNABLE",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    )
    jobs.batch.terminate_job(jobId=stuck, reason="never")
    assert jobs.until(stuck, "FAILED")["statusReason"] == "never"
    unknown = {"jobName": "x", "jobQueue": "no-such", "jobDefinition": jobs.definition}
    assert refused(jobs.batch.submit_job, **unknown) == ("ClientException", "no-such does not exist")


def test_a_stack_changes_and_deletes_what_it_made(client: Clients, task_image: str) -> None:
    stack = Stack(client("cloudformation"), "batch-life")
    batch = client("batch")
    kept = {"ResourceRetentionPolicy": {"SkipDeregisterOnUpdate": True}}
    parts = {"Queue": queue("Environment"), "Kept": definition("tell", "a", **kept)}
    assert stack.create(**parts, Environment=environment(), Definition=definition("tell", "a")) == "CREATE_COMPLETE"
    first = {name: stack.physical(name) for name in ("Environment", "Queue", "Definition", "Kept")}
    status = stack.update(
        Queue=queue("Environment"),
        Kept=definition("tell", "b", **kept),
        Environment=environment(MaxvCpus=2),
        Definition=definition("tell", "b"),
    )
    assert status == "UPDATE_COMPLETE", stack.reasons()
    second = {name: stack.physical(name) for name in first}
    assert (second["Environment"], second["Queue"]) == (first["Environment"], first["Queue"])
    assert second["Definition"] == first["Definition"].removesuffix(":1") + ":2"

    def statuses(arn: str) -> list[str]:
        name = arn.rpartition("/")[2].partition(":")[0]
        return [each["status"] for each in batch.describe_job_definitions(jobDefinitionName=name)["jobDefinitions"]]

    assert (statuses(first["Definition"]), statuses(first["Kept"])) == (["ACTIVE", "INACTIVE"], ["ACTIVE", "ACTIVE"])
    stale = {"jobName": "x", "jobQueue": first["Queue"], "jobDefinition": first["Definition"]}
    assert refused(batch.submit_job, **stale) == (
        "ClientException",
        f"Job Definition with ARN {first['Definition']} status not ACTIVE.",
    )
    spot = environment("FARGATE_SPOT", replaced=True, MaxvCpus=2)
    assert stack.update(**parts, Environment=spot, Definition=definition("tell", "b")) == "UPDATE_COMPLETE"
    replaced = stack.physical("Environment")
    assert replaced != first["Environment"]
    [described] = batch.describe_job_queues(jobQueues=[first["Queue"]])["jobQueues"]
    assert [each["computeEnvironment"] for each in described["computeEnvironmentOrder"]] == [replaced]
    assert (
        batch.describe_compute_environments(computeEnvironments=[first["Environment"]])["computeEnvironments"] == []
    )
    assert refused(batch.delete_job_queue, jobQueue=first["Queue"])[0] == "ClientException"
    batch.update_compute_environment(computeEnvironment=replaced, state="DISABLED")
    in_use = refused(batch.delete_compute_environment, computeEnvironment=replaced)
    assert in_use == ("ClientException", "Cannot delete, found existing JobQueue relationship")
    assert stack.delete() == "DELETE_COMPLETE"
    assert batch.describe_job_queues(jobQueues=[first["Queue"]])["jobQueues"] == []
    assert statuses(first["Definition"])[0] == "INACTIVE"


def test_a_state_machine_a_rule_and_a_schedule_submit_jobs(jobs: Jobs, client: Clients) -> None:
    states, events = client("stepfunctions"), client("events")
    task = {"JobName": "state", "JobQueue": jobs.queue, "JobDefinition": jobs.definition}
    command = {"ContainerOverrides": {"Command": ["fail-at", "x"]}, "ArrayProperties": {"Size": 2}}
    machine = states.create_state_machine(
        name="batch",
        roleArn=ROLE,
        definition=json.dumps(
            {
                "StartAt": "Good",
                "States": {
                    "Good": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::batch:submitJob.sync",
                        "Parameters": {**task, **command},
                        "ResultPath": "$.good",
                        "Next": "Bad",
                    },
                    "Bad": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::batch:submitJob.sync",
                        "Parameters": {**task, "ContainerOverrides": {"Command": ["fail", "4"]}},
                        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.bad", "Next": "End"}],
                        "Next": "End",
                    },
                    "End": {"Type": "Pass", "End": True},
                },
            }
        ),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    ended = wait_for(
        lambda: states.describe_execution(executionArn=execution), lambda found: found["status"] != "RUNNING"
    )
    output = json.loads(ended["output"])
    assert (output["good"]["Status"], output["good"]["ArrayProperties"]["StatusSummary"]["SUCCEEDED"]) == (
        "SUCCEEDED",
        2,
    )
    assert json.loads(output["bad"]["Cause"])["Container"]["ExitCode"] == 4

    events.put_rule(Name="batch-rule", EventPattern=json.dumps({"source": ["mine.batch"]}))
    made = {
        "InputPathsMap": {"key": "$.detail.key"},
        "InputTemplate": json.dumps({"Parameters": {"source": f"{BUCKET}/<key>"}}),
    }
    target = {
        "Id": "job",
        "Arn": jobs.queue,
        "RoleArn": ROLE,
        "BatchParameters": {"JobDefinition": jobs.definition, "JobName": "by-rule"},
        "InputTransformer": made,
    }
    assert events.put_targets(Rule="batch-rule", Targets=[target])["FailedEntryCount"] == 0
    jobs.put("arrived", "by a rule")
    events.put_events(Entries=[{"Source": "mine.batch", "DetailType": "x", "Detail": json.dumps({"key": "arrived"})}])

    def of(name: str) -> Any:
        named = [{"name": "JOB_NAME", "values": [name]}]
        found = jobs.batch.list_jobs(jobQueue=jobs.queue, filters=named)["jobSummaryList"]
        return found and found[0]["status"]

    assert wait_for(lambda: of("by-rule"), lambda status: status in ("SUCCEEDED", "FAILED")) == "SUCCEEDED"
    assert jobs.get("out") == "BY A RULE"
    client("scheduler").create_schedule(
        Name="batch-schedule",
        ScheduleExpression=f"at({datetime.now(UTC).strftime('%Y-%m-%dT%H:%M:%S')})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:batch:submitJob",
            "RoleArn": ROLE,
            "Input": json.dumps({**task, "JobName": "by-schedule", "ContainerOverrides": {"Command": ["fail", "0"]}}),
        },
    )
    assert wait_for(lambda: of("by-schedule"), lambda status: status in ("SUCCEEDED", "FAILED"), 20) == "SUCCEEDED"


def test_an_attempt_that_takes_too_long_is_ended(image_root: Path, task_image: str, tmp_path: Path) -> None:
    detail = {
        "jobId": "late",
        "jobDefinition": "arn:aws:batch:us-east-1:1:job-definition/x:1",
        "parameters": {},
        "timeout": {"attemptDurationSeconds": 0.2},
        "container": {"image": task_image, "command": ["wait"]},
    }
    reached = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    attempts = Attempts(images=ImageStore(image_root), directory=tmp_path, aws_environment=reached)

    def unwritten(group: str, stream: str, lines: list[str]) -> None:
        del group, stream, lines

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("emulator.services.batch.attempts.put_lines", unwritten)
        ended = attempts.run(Placed(detail, "environment", "queue", 1), threading.Event(), lambda _: None)
    assert (ended.status_reason, ended.timed_out) == ("Job attempt duration exceeded timeout", True)


def test_what_is_too_large_is_cancelled_when_the_queue_says_so(
    image_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shortened(seconds: float) -> float:
        return seconds / 6_000

    monkeypatch.setattr("emulator.services.batch.scheduling.shortened", shortened)
    told: list[str] = []

    def publish(owner: Scope, kind: str, detail: str, resources: Sequence[str]) -> None:
        del owner, kind, resources
        told.append(json.loads(detail)["status"])

    records = BatchRecords(lambda: Scope(ACCOUNT, "us-east-1"), lambda: None)
    attempts = Attempts(images=ImageStore(image_root), directory=tmp_path, aws_environment={})
    jobs = BatchJobs(records, Scheduling(records, attempts, publish))
    make = BatchCatalog(records, jobs.end_all).operations
    small = {"type": "FARGATE", "maxvCpus": 1, "subnets": ["s"], "securityGroupIds": ["g"]}
    make["CreateComputeEnvironment"]({"computeEnvironmentName": "a", "type": "MANAGED", "computeResources": small})
    reason = "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE"
    limit = {"reason": reason, "state": "RUNNABLE", "maxTimeSeconds": 600, "action": "CANCEL"}
    order = [{"order": 1, "computeEnvironment": "a"}]
    for name, limits in (("patient", []), ("strict", [limit])):
        given = {"jobQueueName": name, "priority": 1, "computeEnvironmentOrder": order}
        make["CreateJobQueue"]({**given, "jobStateTimeLimitActions": limits})
    wide = {"resourceRequirements": [{"type": "VCPU", "value": "2"}], "image": IMAGE}
    make["RegisterJobDefinition"]({"jobDefinitionName": "wide", "type": "container", "containerProperties": wide})
    waiting, cancelled = (
        records.here().jobs[jobs.submit({"jobName": "j", "jobQueue": name, "jobDefinition": "wide"})["jobId"]]
        for name in ("patient", "strict")
    )
    wait_for(lambda: cancelled.status, lambda status: status == "FAILED")
    assert cancelled.detail["statusReason"] == f"Canceled by JobStateTimeLimit action due to reason: {reason}"
    assert (waiting.status, waiting.detail["statusReason"].startswith(reason)) == ("RUNNABLE", True)
    wait_for(lambda: told, lambda statuses: sorted(statuses) == ["FAILED", "RUNNABLE", "RUNNABLE"])


@pytest.mark.parametrize(
    ("conditions", "ending", "again"),
    [
        ([], Ending(EXITED, code=1), True),
        (
            [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}],
            Ending(EXITED),
            False,
        ),
        (
            [{"onStatusReason": "Host EC2*", "action": "RETRY"}, {"onReason": "*", "action": "EXIT"}],
            Ending("Host EC2 (instance i-1) terminated."),
            True,
        ),
        ([{"onExitCode": "1", "action": "EXIT"}], Ending(EXITED, code=12), True),
    ],
)
def test_the_first_condition_that_is_met_decides(conditions: Any, ending: Ending, again: bool) -> None:
    strategy = {"attempts": 2, "evaluateOnExit": conditions}
    assert tried_again(strategy, 1, ending) is again
    assert tried_again(strategy, 2, ending) is False


def test_jobs_survive_the_emulator_or_say_that_they_did_not(own_state: Path, task_image: str) -> None:
    running = start(own_state)
    client = clients_of(running)
    stack = Stack(client("cloudformation"), "batch-killed")
    parts = {"Environment": environment(), "Queue": queue("Environment"), "Definition": definition("wait")}
    assert stack.create(**parts) == "CREATE_COMPLETE"
    jobs = Jobs(client, stack.physical("Queue"), stack.physical("Definition"))
    first = jobs.submit()
    second = jobs.submit("fail", "0", dependsOn=[{"jobId": first}])
    jobs.until(first, "RUNNING")
    wait_for(lambda: saved(own_state, "batch"), lambda text: "RUNNING" in text)
    kill(running)
    again = start(own_state)
    jobs = Jobs(clients_of(again), jobs.queue, jobs.definition)
    assert "the emulator was stopped" in jobs.describe(first)["statusReason"]
    assert jobs.until(second, "FAILED", "SUCCEEDED")["statusReason"] == "Dependent Job failed"
    assert any(first in sentence for sentence in again.interrupted)


def test_a_queue_does_not_mix_fargate_and_instances(client: Clients, task_image: str) -> None:
    stack = Stack(client("cloudformation"), "batch-mixed")
    parts = {"Fargate": environment(), "Instances": environment("EC2", InstanceTypes=["c7i"])}
    assert stack.create(**parts, Queue=queue("Fargate", "Instances")) == "ROLLBACK_COMPLETE"
    statement = rules()["queues-do-not-mix-fargate-and-instances"].statement.rstrip(".")
    assert any(statement in reason for reason in stack.reasons())


def test_what_is_not_emulated_says_so(jobs: Jobs) -> None:
    policy = refused(jobs.batch.create_scheduling_policy, name="fair")
    assert policy == ("ClientException", "The emulator does not support CreateSchedulingPolicy of Batch.")
    nodes = {"jobDefinitionName": "nodes", "type": "multinode"}
    assert refused(jobs.batch.register_job_definition, **nodes)[0] == "ClientException"
