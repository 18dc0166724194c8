"""What CloudFormation does about the prepared changes, as the report says it would."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import RunningEmulator
from harness.aws_clients import Clients
from harness.deployed_stack import Stack
from harness.plan.prepared import PREPARED, PreparedChange
from sagemaker_constructs.plan.report.command import main

DEPLOYED = [each for each in PREPARED if not each.refused]
REFUSED = [each for each in PREPARED if each.refused]


def _of(change: PreparedChange, resources: Mapping[str, Any], image: str) -> dict[str, Any]:
    """The resources under logical ids of their own, so that all changes fit into one stack."""
    text = json.dumps(resources).replace('"IMAGE"', json.dumps(image))
    mark = f"C{PREPARED.index(change)}"
    for name in {*change.before, *change.after}:
        for old, new in (
            (f'"{name}": {{"Type"', f'"{mark}{name}": {{"Type"'),
            (f'{{"Ref": "{name}"}}', f'{{"Ref": "{mark}{name}"}}'),
            (f'"Fn::GetAtt": ["{name}"', f'"Fn::GetAtt": ["{mark}{name}"'),
            (f"${{{name}.", f"${{{mark}{name}."),
        ):
            text = text.replace(old, new)
    return json.loads(text)


@pytest.fixture(scope="module")
def physical_ids(client: Clients, echo_image: str) -> tuple[dict[str, str], dict[str, str]]:
    """The physical ids before and after all changes that are taken."""
    stack = Stack(client("cloudformation"), "planned-changes")

    def merged(side: str) -> dict[str, Any]:
        return {
            name: each for change in DEPLOYED for name, each in _of(change, getattr(change, side), echo_image).items()
        }

    def found() -> dict[str, str]:
        listed = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
        gone = ("DELETE_COMPLETE", "DELETE_SKIPPED")
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in listed
            if each["ResourceStatus"] not in gone
        }

    assert stack.create(**merged("before")) == "CREATE_COMPLETE", stack.reasons()
    before = found()
    assert stack.update(**merged("after")) == "UPDATE_COMPLETE", stack.reasons()
    return before, found()


@pytest.mark.parametrize("change", DEPLOYED, ids=lambda each: each.name)
def test_cloudformation_replaces_what_the_report_says(
    change: PreparedChange, physical_ids: tuple[dict[str, str], dict[str, str]]
) -> None:
    before, after = physical_ids
    mark = f"C{PREPARED.index(change)}"
    replaced = {name for name in change.before if before[mark + name] != after.get(mark + name, before[mark + name])}
    deleted = {name for name in change.before if mark + name not in after}
    assert (replaced, deleted) == (set(change.replaced), set(change.deleted))


@pytest.mark.parametrize("kind", ["lost", "left behind"])
def test_data_is_where_the_report_says(
    kind: str, physical_ids: tuple[dict[str, str], dict[str, str]], client: Clients
) -> None:
    before, _ = physical_ids
    there = {each["Name"] for each in client("s3").list_buckets()["Buckets"]}
    groups = client("sagemaker").list_feature_groups(MaxResults=100)["FeatureGroupSummaries"]
    there |= {each["FeatureGroupName"] for each in groups}
    judged = {
        before[f"C{PREPARED.index(change)}{name}"].rpartition("/")[2]: risk
        for change in DEPLOYED
        for name, risk in change.data
        if change.before[name]["Type"] in ("AWS::S3::Bucket", "AWS::SageMaker::FeatureGroup")
    }
    chosen = {name for name, risk in judged.items() if risk == kind}
    assert len(chosen) >= 3
    assert chosen & there == (chosen if kind == "left behind" else set())


@pytest.mark.parametrize("change", REFUSED, ids=lambda each: each.name)
def test_cloudformation_refuses_what_the_report_says(
    change: PreparedChange, client: Clients, echo_image: str
) -> None:
    cloudformation = client("cloudformation")
    name = f"planned-refused-{PREPARED.index(change)}"
    bodies = [
        {
            "Resources": json.loads(json.dumps(each).replace('"IMAGE"', json.dumps(echo_image))),
            "Outputs": change.exported,
        }
        for each in (change.before, change.after)
    ]
    first, second = (json.dumps({key: value for key, value in each.items() if value}) for each in bodies)
    stack = Stack(cloudformation, name)
    cloudformation.create_stack(StackName=name, TemplateBody=first)
    assert stack.settled() == "CREATE_COMPLETE", stack.reasons()
    if change.importer:
        importing = Stack(cloudformation, f"{name}-importing")
        assert importing.create(**change.importer) == "CREATE_COMPLETE", importing.reasons()
    try:
        cloudformation.update_stack(StackName=name, TemplateBody=second)
    except ClientError:
        return
    assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"


def test_the_command_compares_with_what_is_deployed(
    emulator: RunningEmulator,
    client: Clients,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    queue = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "planned-command-before"}}}
    assert Stack(client("cloudformation"), "planned-command").create(**queue) == "CREATE_COMPLETE"
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/us-east-1",
            "properties": {"templateFile": "queue.template.json", "stackName": name},
        }
        for name in ("planned-command", "planned-command-that-is-new")
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "queue.template.json").write_text(json.dumps({"Resources": queue}).replace("-before", "-after"))
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    assert main([str(tmp_path), "--fail-on", "data-loss"]) == 1
    said = capsys.readouterr().out
    assert "lost        planned-command/Queue: replaced for QueueName" in said
    assert "1 to create, 1 to replace" in said
