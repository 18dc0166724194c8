"""The endpoints, inference components and alarms that an environment has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.templates.assembly import StackTemplate, stacks_of

_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


@dataclass(frozen=True)
class Target:
    """What can be asked: an endpoint, or an inference component of one.

    ``path`` is its construct path, ``name`` that of the endpoint in AWS.
    """

    path: str
    name: str
    region: str
    component: str = ""
    asynchronous: bool = False


Clients = Callable[[str, str], Any]
"""A client of a service in a region."""


class DeployedEnvironment:
    """What the stacks of an assembly have in AWS; raises ``OSError`` where CloudFormation cannot be asked.

    Calls ``cloudformation:DescribeStackResource`` alone: what there should be, the templates say.
    """

    def __init__(self, assembly: Path, clients: Clients) -> None:
        self._clients = clients
        self._stacks: Sequence[StackTemplate] = list(stacks_of(assembly))
        self._names: dict[str, str] = {}

    def targets(self) -> Iterator[Target]:
        """All that can be asked, by construct paths."""
        for stack in self._stacks:
            resources: Mapping[str, Any] = stack.template.get("Resources", {})
            for logical_id, resource in resources.items():
                if resource["Type"] == "AWS::SageMaker::Endpoint":
                    config = resources.get(_reference(resource["Properties"].get("EndpointConfigName")), {})
                    variants = config.get("Properties", {}).get("ProductionVariants", ())
                    if variants and not any(each.get("ModelName") for each in variants):
                        continue  # Its components are asked.
                    yield Target(
                        path=_path(stack, logical_id, resource),
                        name=self._physical(stack, logical_id).rpartition("/")[2],
                        region=stack.region,
                        asynchronous="AsyncInferenceConfig" in config.get("Properties", {}),
                    )
                elif resource["Type"] == "AWS::SageMaker::InferenceComponent":
                    endpoint = resource["Properties"]["EndpointName"]
                    owner = _reference(endpoint)
                    name = self._physical(stack, owner).rpartition("/")[2] if owner in resources else str(endpoint)
                    component = self._physical(stack, logical_id).rpartition("/")[2]
                    yield Target(_path(stack, logical_id, resource), name, stack.region, component=component)

    def alarms(self) -> Mapping[str, Sequence[str]]:
        """Names of all alarms, by region."""
        found: dict[str, list[str]] = {}
        for stack in self._stacks:
            for logical_id, resource in stack.template.get("Resources", {}).items():
                if resource["Type"] in _ALARMS:
                    found.setdefault(stack.region, []).append(self._physical(stack, logical_id))
        return found

    def _physical(self, stack: StackTemplate, logical_id: str) -> str:
        import botocore.exceptions

        client = self._clients("cloudformation", stack.region)
        request = {"StackName": self._stack_name(stack), "LogicalResourceId": logical_id}
        try:
            detail = client.describe_stack_resource(**request)["StackResourceDetail"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            raise OSError(f"CloudFormation does not know {logical_id} of {stack.name}: {error}") from error
        return str(detail["PhysicalResourceId"])

    def _stack_name(self, stack: StackTemplate) -> str:
        """The name in AWS, which a nested stack gets when it is made."""
        if not stack.nested:
            return stack.name
        if stack.name not in self._names:
            parent, _, logical_id = stack.name.rpartition("/")
            [owner] = [each for each in self._stacks if each.name == parent]
            self._names[stack.name] = self._physical(owner, logical_id)
        return self._names[stack.name]


def _reference(value: Any) -> str:
    """The logical id that an intrinsic function refers to; empty for anything else."""
    if not isinstance(value, dict):
        return ""
    function = cast(Mapping[str, Any], value)
    return str(function.get("Ref") or next(iter(function.get("Fn::GetAtt", ())), ""))


def _path(stack: StackTemplate, logical_id: str, resource: Mapping[str, Any]) -> str:
    """The construct path, without the L1's own part; of a template without it, stack and logical id."""
    path = str(resource.get("Metadata", {}).get("aws:cdk:path") or f"{stack.path}/{logical_id}")
    return path.removesuffix("/Resource")
