"""CloudFormation stacks over boto3, for tests that need no CDK."""

import json
from collections.abc import Mapping
from typing import Any

from harness.aws_clients import ROLE, wait_for

RUNNING = ("IN_PROGRESS",)


def template(**resources: Mapping[str, Any]) -> str:
    return json.dumps({"Resources": resources})


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def reference(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def serving(image: str, **environment: str) -> dict[str, dict[str, Any]]:
    """Resources of an endpoint with its model and configuration."""
    return {
        "Model": resource(
            "SageMaker::Model", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": image, "Environment": environment}
        ),
        "Config": resource(
            "SageMaker::EndpointConfig",
            ProductionVariants=[
                {
                    "ModelName": reference("Model", "ModelName"),
                    "VariantName": "main",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": "1",
                    "InitialVariantWeight": 1,
                }
            ],
        ),
        "Endpoint": resource("SageMaker::Endpoint", EndpointConfigName=reference("Config", "EndpointConfigName")),
    }


class Stack:
    """One stack of a test."""

    def __init__(self, cloudformation: Any, name: str) -> None:
        self.cloudformation = cloudformation
        self.name = name

    def begin_create(self, **resources: Mapping[str, Any]) -> None:
        self.cloudformation.create_stack(StackName=self.name, TemplateBody=template(**resources))

    def begin_update(self, **resources: Mapping[str, Any]) -> None:
        self.cloudformation.update_stack(StackName=self.name, TemplateBody=template(**resources))

    def begin_delete(self) -> None:
        self.cloudformation.delete_stack(StackName=self.name)

    def create(self, **resources: Mapping[str, Any]) -> str:
        self.begin_create(**resources)
        return self.settled()

    def update(self, **resources: Mapping[str, Any]) -> str:
        self.begin_update(**resources)
        return self.settled()

    def delete(self) -> str:
        identifier = self.describe()["StackId"]
        self.begin_delete()
        return self.settled(identifier)

    def describe(self, name: str = "") -> Any:
        return self.cloudformation.describe_stacks(StackName=name or self.name)["Stacks"][0]

    def settled(self, name: str = "") -> str:
        """Status once nothing is in progress."""
        described = wait_for(
            lambda: self.describe(name), lambda stack: not stack["StackStatus"].endswith("IN_PROGRESS"), 60
        )
        return described["StackStatus"]

    def physical(self, logical_id: str) -> str:
        return self.cloudformation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)[
            "StackResourceDetail"
        ]["PhysicalResourceId"]

    def reasons(self) -> list[str]:
        """Status and reason of every event that has a reason, newest first."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            f"{event['LogicalResourceId']} {event['ResourceStatus']} {event['ResourceStatusReason']}"
            for event in events
            if event.get("ResourceStatusReason")
        ]
