"""CodePipeline: a push starts it, stages follow each other, and what fails is taken back."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients, wait_for
from harness.delivery.pushed_repository import PushedRepository
from harness.delivery.release_pipeline import Declared, Releases, action, build


@pytest.fixture
def repository(emulator: RunningEmulator, tmp_path: Path) -> PushedRepository:
    made = PushedRepository(emulator.state, f"octo-org/{uuid.uuid4().hex}", tmp_path / "copy")
    made.push({"version.txt": "good", "src/code.py": "1"}, "The first")
    return made


@pytest.fixture
def releases(client: Clients, repository: PushedRepository) -> Releases:
    return Releases(client, repository, f"released-{uuid.uuid4().hex}")


def test_artifacts_and_variables_travel_and_a_person_is_asked(client: Clients, releases: Releases) -> None:
    topic = client("sns").create_topic(Name="approvals")["TopicArn"]
    queue = client("sqs").create_queue(QueueName="approvals")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    releases.project(
        "makes",
        ["mkdir out", "cp version.txt out/it.txt", 'export SAID="version $(cat version.txt)"'],
        artifacts={"files": ["**/*"], "base-directory": "out"},
        env={"exported-variables": ["SAID"]},
    )
    releases.project("uses", ["cat it.txt; echo", 'test "$COMMIT" = "$(echo $COMMIT | cut -c 1-40)"', "echo $COMMIT"])
    commit = json.dumps([{"name": "COMMIT", "value": "#{Source.CommitId}", "type": "PLAINTEXT"}])
    asks = action(
        "Approval",
        "Manual",
        "Ask",
        configuration={"CustomData": "#{Made.SAID}, is that good?", "NotificationArn": topic},
    )
    begun = releases.make(
        "travels",
        {"name": "Make", "actions": [build("makes", writes=["Made"], namespace="Made")]},
        {"name": "Ask", "actions": [asks]},
        {"name": "Use", "actions": [build("uses", reads="Made", configuration={"EnvironmentVariables": commit})]},
    )
    token = releases.waits_for_approval("travels", "Ask")
    [told] = wait_for(lambda: client("sqs").receive_message(QueueUrl=queue).get("Messages", []), bool)
    approval = json.loads(json.loads(told["Body"])["Message"])["approval"]
    assert (approval["token"], approval["customData"]) == (token, "version good, is that good?")
    with pytest.raises(ClientError, match="InvalidApprovalToken"):
        releases.answer("travels", "Ask", "00000000-0000-4000-8000-000000000000")
    assert releases.executions("travels")[0]["status"] == "InProgress"
    releases.answer("travels", "Ask", token)
    ended = releases.ended("travels", begun)
    assert ended["status"] == "Succeeded", ended
    [used] = releases.stage("travels", "Use")["actionStates"]
    said = releases.log_of(client, used["latestExecution"]["externalExecutionId"]).splitlines()
    assert "good" in said
    assert ended["artifactRevisions"][0]["revisionId"] in said


def test_a_rejection_ends_it(releases: Releases) -> None:
    asks = action("Approval", "Manual", "Ask", configuration={})
    begun = releases.make("rejected", {"name": "Ask", "actions": [asks]})
    releases.answer("rejected", "Ask", releases.waits_for_approval("rejected", "Ask"), "Rejected")
    ended = releases.ended("rejected", begun)
    assert ended["status"] == "Failed"
    assert "rejected: seen" in ended["statusSummary"]


def test_pushes_start_it_if_branch_and_paths_are_watched(releases: Releases, repository: PushedRepository) -> None:
    releases.project("runs", ["true"])
    pushes = [{"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/**"], "excludes": ["**.md"]}}]
    trigger = {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": "Source", "push": pushes},
    }
    releases.make("watches", {"name": "Run", "actions": [build("runs")]}, triggers=[trigger])
    repository.push({"docs.txt": "no"})
    repository.push({"src/read.md": "no"})
    repository.push({"src/other.py": "no"}, branch="feature")
    wanted = repository.push({"src/code.py": "2"}, "The one that counts")
    found = releases.next_one("watches", 2)
    assert found["trigger"]["triggerType"] == "WebhookV2"
    ended = releases.ended("watches", found["pipelineExecutionId"])
    assert ended["artifactRevisions"][0]["revisionId"] == wanted
    assert "The one that counts" in ended["artifactRevisions"][0]["revisionSummary"]
    assert len(releases.executions("watches")) == 2


def test_a_stage_that_fails_runs_again_with_what_was_good(
    client: Clients, releases: Releases, repository: PushedRepository
) -> None:
    releases.project("serves", ["cat version.txt > /tmp/served"])
    releases.project("proves", ["grep good version.txt"])
    stage = {
        "name": "Deploy",
        "actions": [build("serves", runOrder=1), build("proves", runOrder=2)],
        "onFailure": {"result": "ROLLBACK"},
    }
    first = releases.make("returns", stage)
    assert releases.ended("returns", first)["status"] == "Succeeded"
    repository.push({"version.txt": "bad"})
    back = releases.next_one("returns", 3)
    bad = releases.executions("returns")[1]
    assert releases.ended("returns", bad["pipelineExecutionId"])["status"] == "Failed"
    ended = releases.ended("returns", back["pipelineExecutionId"])
    assert (ended["status"], ended["executionType"]) == ("Succeeded", "ROLLBACK")
    assert ended["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    assert ended["trigger"] == {"triggerType": "AutomatedRollback", "triggerDetail": bad["pipelineExecutionId"]}
    shown = releases.stage("returns", "Deploy")
    assert shown["latestExecution"]["type"] == "ROLLBACK"
    said = releases.log_of(client, shown["actionStates"][1]["latestExecution"]["externalExecutionId"])
    assert said.splitlines()[-1] == "good"
    with pytest.raises(ClientError, match="no rollback itself"):
        releases.codepipeline.rollback_stage(
            pipelineName="returns", stageName="Deploy", targetPipelineExecutionId=back["pipelineExecutionId"]
        )


def test_without_anything_good_in_this_version_nothing_is_taken_back(
    releases: Releases, repository: PushedRepository
) -> None:
    """A new version of the pipeline forgets what succeeded in the one before."""
    releases.project("checks", ["grep good version.txt"])
    stage = {"name": "Deploy", "actions": [build("checks")], "onFailure": {"result": "ROLLBACK"}}
    first = releases.make("forgets", stage)
    assert releases.ended("forgets", first)["status"] == "Succeeded"
    declared = releases.codepipeline.get_pipeline(name="forgets")["pipeline"]
    releases.codepipeline.update_pipeline(pipeline=declared)
    repository.push({"version.txt": "bad"})
    bad = releases.next_one("forgets", 2)
    ended = releases.ended("forgets", bad["pipelineExecutionId"])
    assert ended["status"] == "Failed"
    assert ended["statusSummary"].endswith("Deploy has no execution to roll back to.")
    with pytest.raises(ClientError, match="present version"):
        releases.codepipeline.rollback_stage(
            pipelineName="forgets", stageName="Deploy", targetPipelineExecutionId=first
        )
    assert len(releases.executions("forgets")) == 2


def test_an_alarm_takes_a_success_back(client: Clients, releases: Releases, repository: PushedRepository) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName="released-errors",
        Namespace="Ours",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    rule = {
        "name": "Watch",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "released-errors", "WaitTime": "2"},
    }
    releases.project("deploys", ["cat version.txt"])
    condition = {"conditions": [{"result": "ROLLBACK", "rules": [rule]}]}
    first = releases.make("alarmed", {"name": "Deploy", "actions": [build("deploys")], "onSuccess": condition})
    assert releases.ended("alarmed", first)["status"] == "Succeeded"
    repository.push({"version.txt": "loud"})
    bad = releases.next_one("alarmed", 2)
    wait_for(
        lambda: releases.stage("alarmed", "Deploy").get("onSuccessConditionState", {}).get("latestExecution", {}),
        lambda judged: judged.get("status") == "InProgress",
    )
    client("cloudwatch").set_alarm_state(AlarmName="released-errors", StateValue="ALARM", StateReason="loud")
    ended = releases.ended("alarmed", bad["pipelineExecutionId"])
    assert ended["status"] == "Failed"
    assert "Alarm released-errors is in the state ALARM" in ended["statusSummary"]
    back = releases.next_one("alarmed", 3)
    assert releases.ended("alarmed", back["pipelineExecutionId"])["status"] == "Succeeded"
    assert back["executionType"] == "ROLLBACK"


def test_the_newest_supersedes_and_a_closed_stage_lets_nobody_in(releases: Releases) -> None:
    releases.project("waits", ["true"])
    begun = releases.make("closed", {"name": "Run", "actions": [build("waits")]})
    releases.ended("closed", begun)
    place = {"pipelineName": "closed", "stageName": "Run", "transitionType": "Inbound"}
    releases.codepipeline.disable_stage_transition(**place, reason="a freeze")
    started = [releases.codepipeline.start_pipeline_execution(name="closed")["pipelineExecutionId"] for _ in range(2)]
    assert releases.ended("closed", started[0])["status"] == "Superseded"
    assert releases.stage("closed", "Run")["inboundTransitionState"] == {
        "enabled": False,
        "disabledReason": "a freeze",
    }
    releases.codepipeline.enable_stage_transition(**place)
    assert releases.ended("closed", started[1])["status"] == "Succeeded"


def test_a_failed_stage_is_tried_again(releases: Releases) -> None:
    releases.project("flips", ["test -e /tmp/flipped || { touch /tmp/flipped; exit 3; }"])
    begun = releases.make("retried", {"name": "Run", "actions": [build("flips")]})
    failed = releases.ended("retried", begun)
    assert failed["status"] == "Failed"
    assert "exit status 3" in failed["statusSummary"]
    releases.codepipeline.retry_stage_execution(
        pipelineName="retried", stageName="Run", pipelineExecutionId=begun, retryMode="FAILED_ACTIONS"
    )
    assert releases.ended("retried", begun)["status"] == "Succeeded"


def test_it_can_be_stopped(releases: Releases) -> None:
    releases.project("lasts", ["sleep 60"])
    begun = releases.make("stopped", {"name": "Run", "actions": [build("lasts")]})
    wait_for(lambda: releases.stage("stopped", "Run"), lambda stage: "latestExecution" in stage)
    releases.codepipeline.stop_pipeline_execution(
        pipelineName="stopped", pipelineExecutionId=begun, abandon=True, reason="enough"
    )
    assert releases.ended("stopped", begun)["status"] == "Stopped"


def test_events_tell_of_it(client: Clients, releases: Releases) -> None:
    queue = client("sqs").create_queue(QueueName="pipeline-events")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.codepipeline"], "detail": {"pipeline": ["told"], "state": ["FAILED"]}}
    client("events").put_rule(Name="pipeline-events", EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule="pipeline-events", Targets=[{"Id": "1", "Arn": arn}])
    releases.project("breaks", ["false"])
    releases.make("told", {"name": "Run", "actions": [build("breaks")]})
    told: dict[str, Any] = {}

    def received() -> dict[str, Any]:
        for each in client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(each["Body"])
            told[event["detail-type"]] = event["detail"]
        return told

    wait_for(received, lambda found: len(found) == 3)
    assert told["CodePipeline Action Execution State Change"]["action"] == "breaks"
    assert told["CodePipeline Stage Execution State Change"]["stage"] == "Run"
    assert (
        told["CodePipeline Pipeline Execution State Change"]["execution-trigger"]["trigger-type"] == "CreatePipeline"
    )


def test_what_the_emulator_does_not_run_says_so(releases: Releases) -> None:
    begun = releases.make("foreign", {"name": "Call", "actions": [action("Invoke", "Lambda", configuration={})]})
    assert "The emulator runs no actions of Lambda (Invoke)." in releases.ended("foreign", begun)["statusSummary"]
    with pytest.raises(ClientError, match="The emulator does not run pipelines of the execution mode PARALLEL"):
        releases.make("parallel", {"name": "Run", "actions": [build("x")]}, executionMode="PARALLEL")
    missing = releases.declare("missing", {"name": "Run", "actions": [build("x")]})
    missing["stages"][0]["actions"][0]["configuration"]["FullRepositoryId"] = "octo-org/nobody"
    releases.codepipeline.create_pipeline(pipeline=missing)
    [only] = releases.executions("missing")
    assert "asks no other host" in releases.ended("missing", only["pipelineExecutionId"])["statusSummary"]


def _one_stage(declared: Declared) -> None:
    declared["stages"].pop()


def _source_last(declared: Declared) -> None:
    declared["stages"].reverse()


def _same_twice(declared: Declared) -> None:
    declared["stages"].append(declared["stages"][1])


def _rolls_back_on_entry(declared: Declared) -> None:
    declared["stages"][1]["beforeEntry"] = {"conditions": [{"result": "ROLLBACK"}]}


def _skips_on_success(declared: Declared) -> None:
    declared["stages"][1]["onSuccess"] = {"conditions": [{"result": "SKIP"}]}


def _rolls_back_in_parallel(declared: Declared) -> None:
    declared["executionMode"] = "PARALLEL"
    declared["stages"][1]["onFailure"] = {"result": "ROLLBACK"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_one_stage, "A pipeline must contain at least two stages"),
        (_source_last, "The first stage of a pipeline must contain source actions only"),
        (_same_twice, "All stage names in a pipeline must be unique"),
        (_rolls_back_on_entry, "The result of a condition on the entry of a stage can be FAIL or SKIP"),
        (_skips_on_success, "The result of a condition on the success of a stage can be ROLLBACK or FAIL"),
        (_rolls_back_in_parallel, "Stage rollback is not available in pipelines of the execution mode PARALLEL"),
    ],
)
def test_what_code_pipeline_refuses(releases: Releases, change: Callable[[Declared], None], said: str) -> None:
    declared = releases.declare("refused", {"name": "Run", "actions": [build("x")]})
    change(declared)
    with pytest.raises(ClientError, match=rf"\(InvalidStructureException\).*{said}"):
        releases.codepipeline.create_pipeline(pipeline=declared)


def test_a_source_is_not_rolled_back(releases: Releases) -> None:
    begun = releases.make("sourced", {"name": "Run", "actions": [action("Approval", "Manual", configuration={})]})
    releases.waits_for_approval("sourced", "Run")
    with pytest.raises(ClientError, match="You cannot roll back a source stage"):
        releases.codepipeline.rollback_stage(
            pipelineName="sourced", stageName="Source", targetPipelineExecutionId=begun
        )
    releases.codepipeline.delete_pipeline(name="sourced")
