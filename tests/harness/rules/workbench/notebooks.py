"""Notebook instances that break a rule."""

from typing import Any

from aws_cdk import Stack

from harness.aws_clients import ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.workbench.notebook_instance import NotebookInstance


def _notebook(**members: Any) -> Request:
    return {"NotebookInstanceName": "judged", "InstanceType": "ml.t3.medium", "RoleArn": ROLE, **members}


def _made(stack: Stack, **given: Any) -> None:
    NotebookInstance(stack, "Notebook", placement=None, **given)


CASES = {
    "notebooks-run-on-amazon-linux-2023": RuleCase(
        refused=_notebook(PlatformIdentifier="notebook-al2-v3"),
        taken=_notebook(PlatformIdentifier="notebook-al2023-v1"),
        synth=lambda stack: _made(stack, platform="notebook-al2-v3"),
    ),
    "notebooks-on-amazon-linux-2023-have-newer-instances": RuleCase(
        refused=_notebook(InstanceType="ml.p3.2xlarge"),
        taken=_notebook(InstanceType="ml.g5.xlarge"),
        synth=lambda stack: _made(stack, instance_type="ml.p3.2xlarge"),
    ),
    "notebooks-without-internet-are-in-a-subnet": RuleCase(
        refused=_notebook(DirectInternetAccess="Disabled"),
        taken=_notebook(
            DirectInternetAccess="Disabled", SubnetId="subnet-0a1b2c3d", SecurityGroupIds=["sg-0a1b2c3d"]
        ),
    ),
}
