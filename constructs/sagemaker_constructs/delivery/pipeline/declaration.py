"""What a pipeline is, as CodePipeline's API takes it."""

from collections.abc import Sequence
from typing import Any

from sagemaker_constructs.delivery.connected_repository import ConnectedRepository
from sagemaker_constructs.delivery.delivery_environment import DeliveryEnvironment

SOURCE, ASSEMBLY = "Source", "Assembly"
"""The artifacts: what was pushed, and the same with its templates."""
SUMMARY = "CHANGE_SUMMARY"
"""The variable with the change report's summary, which the person who approves reads."""
APPROVAL = "Approval"
"""The stage, and its one action."""
_REPORT = "Report"

Stage = dict[str, Any]
Action = dict[str, Any]


def source_stage(repository: ConnectedRepository, connection_arn: str) -> Stage:
    """Takes the revision that was pushed; a trigger says which pushes count, so that the action detects none."""
    action = {
        "name": SOURCE,
        "actionTypeId": _type("Source", "CodeStarSourceConnection"),
        "configuration": {
            "ConnectionArn": connection_arn,
            "FullRepositoryId": repository.name,
            "BranchName": repository.branch,
            "OutputArtifactFormat": "CODE_ZIP",
            "DetectChanges": "false",
        },
        "outputArtifacts": [{"name": SOURCE}],
        "namespace": SOURCE,
        "runOrder": 1,
    }
    return {"name": SOURCE, "actions": [action]}


def trigger(repository: ConnectedRepository) -> dict[str, Any]:
    """The pushes that start the pipeline."""
    return {
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {"sourceActionName": SOURCE, "push": [repository.push_filter()]},
    }


def build_action(
    name: str, project: str, *, reads: str, writes: str = "", order: int = 1, reports: bool = False
) -> Action:
    """Runs the build ``project`` on the artifact ``reads``."""
    return {
        "name": name,
        "actionTypeId": _type("Build", "CodeBuild"),
        "configuration": {"ProjectName": project},
        "inputArtifacts": [{"name": reads}],
        "outputArtifacts": [{"name": writes}] if writes else [],
        "runOrder": order,
        **({"namespace": _REPORT} if reports else {}),
    }


def approval_stage(environment: DeliveryEnvironment, *, topic_arn: str | None, minutes: int) -> Stage:
    """Waits for a person, who is shown what the change does.

    A stage of its own: to take a stage back is to run all of it again, and nobody should have to approve that.
    """
    said = f"Deploy to {environment.name}? #{{{_REPORT}.{SUMMARY}}}. Commit #{{{SOURCE}.CommitId}}"
    action = {
        "name": APPROVAL,
        "actionTypeId": _type("Approval", "Manual"),
        "configuration": {"CustomData": said, **({"NotificationArn": topic_arn} if topic_arn else {})},
        "runOrder": 1,
        "timeoutInMinutes": minutes,
    }
    return {"name": APPROVAL, "actions": [action]}


def environment_stage(environment: DeliveryEnvironment, actions: Sequence[Action], region: str) -> Stage:
    """Deploys and tests; what fails, or sets an alarm off, is taken back as a whole."""
    stage: dict[str, Any] = {"name": stage_name(environment), "actions": list(actions)}
    if environment.rolls_back:
        stage["onFailure"] = {"result": "ROLLBACK"}
    if environment.alarms:
        rules = [_watch(index, alarm, environment, region) for index, alarm in enumerate(environment.alarms)]
        result = "ROLLBACK" if environment.rolls_back else "FAIL"
        stage["onSuccess"] = {"conditions": [{"result": result, "rules": rules}]}
    return stage


def stage_name(environment: DeliveryEnvironment) -> str:
    """The name of the stage that deploys to an environment."""
    return f"Deploy-{environment.name}"


def _watch(index: int, alarm: str, environment: DeliveryEnvironment, region: str) -> dict[str, Any]:
    return {
        "name": f"Alarm{index + 1}",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": alarm, "WaitTime": str(environment.watch_minutes)},
        "region": environment.region or region,
        **({"roleArn": environment.role_arn} if environment.role_arn else {}),
    }


def _type(category: str, provider: str) -> dict[str, str]:
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
