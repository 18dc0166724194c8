"""Custom resources that fail to be created, or whose stack is deleted before they are."""

import json
from collections.abc import Mapping
from typing import Any

from harness.aws_clients import ROLE, Clients, wait_for
from harness.deployed_stack import Stack, resource

SECONDS = 30.0
CODE = """
import json, os, urllib.request
import boto3

def handler(event, context):
    known = {name: event.get(name, "") for name in ("RequestType", "PhysicalResourceId")}
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(known))
    answer = {"Create": os.environ["CREATE"], "Delete": "SUCCESS"}[event["RequestType"]]
    if answer:
        same = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        made = {"Status": answer, "PhysicalResourceId": "made", "Reason": "out of luck"}
        body = json.dumps({**same, **made}).encode()
        urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], data=body, method="PUT")).close()
"""


def _resources(queue: str, create: str) -> Mapping[str, Mapping[str, Any]]:
    function = resource(
        "Lambda::Function",
        Code={"ZipFile": CODE},
        Handler="index.handler",
        Runtime="python3.13",
        Role=ROLE,
        Timeout=30,
        Environment={"Variables": {"QUEUE": queue, "CREATE": create}},
    )
    return {
        "Kept": {**resource("S3::Bucket"), "DeletionPolicy": "Retain"},
        "Function": function,
        "Asked": {
            "Type": "Custom::Asked",
            "DependsOn": "Kept",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
        "Later": {**resource("SNS::Topic"), "DependsOn": "Asked"},
    }


def _told(client: Clients, queue: str) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = []
    while messages := client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in messages]
        for each in messages:
            client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    return found


def _events(client: Clients, stack_id: str) -> list[tuple[str, str, str]]:
    events = client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
    return [
        (each["LogicalResourceId"], each["ResourceStatus"], each.get("ResourceStatusReason", ""))
        for each in reversed(events)
    ]


def test_a_stack_that_is_deleted_while_it_is_created_is_asked_to_delete_what_it_waits_for(client: Clients) -> None:
    queue = client("sqs").create_queue(QueueName="interrupted")["QueueUrl"]
    stack = Stack(client("cloudformation"), "interrupted-creation")
    stack.begin_create(**_resources(queue, create=""))
    stack_id = stack.describe()["StackId"]
    [created] = wait_for(lambda: _told(client, queue), lambda told: bool(told), SECONDS)
    assert created == {"RequestType": "Create", "PhysicalResourceId": ""}
    assert stack.delete() == "DELETE_COMPLETE", stack.reasons()
    [deleted] = _told(client, queue)
    assert deleted["RequestType"] == "Delete"
    assert deleted["PhysicalResourceId"].startswith("interrupted-creation-Asked-")
    events = _events(client, stack_id)
    assert ("Asked", "CREATE_FAILED", "Resource creation cancelled") in events
    said = {(name, status) for name, status, _ in events}
    assert {("Asked", "DELETE_COMPLETE"), ("Function", "DELETE_COMPLETE"), ("Kept", "DELETE_SKIPPED")} <= said
    assert "Later" not in {name for name, _ in said}
    assert not [status for _, status in said if "ROLLBACK" in status]


def test_what_has_failed_to_be_created_is_asked_to_delete_when_its_stack_rolls_back(client: Clients) -> None:
    queue = client("sqs").create_queue(QueueName="failing")["QueueUrl"]
    stack = Stack(client("cloudformation"), "failing-creation")
    assert stack.create(**_resources(queue, create="FAILED")) == "ROLLBACK_COMPLETE"
    deleted = {"RequestType": "Delete", "PhysicalResourceId": "made"}
    assert _told(client, queue) == [{"RequestType": "Create", "PhysicalResourceId": ""}, deleted]
    events = _events(client, stack.describe()["StackId"])
    assert ("Asked", "CREATE_FAILED", "out of luck") in events
    assert ("Asked", "DELETE_COMPLETE", "") in events
