"""The real ``cdk bootstrap`` with generated policies, and a deployment by it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, RunningEmulator, start
from harness.aws_clients import ACCOUNT, Clients, clients_of
from harness.deployed_stack import Stack
from sagemaker_constructs.core.templates.assembly import stacks_of
from sagemaker_constructs.core.templates.handler_permissions import handler_actions
from sagemaker_constructs.delivery.bootstrap.least_privilege_bootstrap import LeastPrivilegeBootstrap
from sagemaker_constructs.doctor import Account, CheckState, examine

pytestmark = pytest.mark.whole

_APP = Path(__file__).parent / "bootstrapped_app" / "app.py"
_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/cdk-ml-boundary"
_EXECUTION = f"arn:aws:iam::{ACCOUNT}:role/cdk-ml-cfn-exec-role-{ACCOUNT}-us-east-1"
_WITH_BOUNDARY = {"iam:PermissionsBoundary": _BOUNDARY}


@dataclass(frozen=True)
class Bootstrapped:
    """An account with the bootstrap, and the app that it was made for."""

    emulator: RunningEmulator
    client: Clients
    assembly: Path

    def cdk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments, "--no-notices"],
            cwd=self.assembly.parent,
            env=self.emulator.environment(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )

    def denied(
        self, principal: str, actions: Sequence[str], resource: str = "*", context: Mapping[str, str] | None = None
    ) -> set[str]:
        """Which of ``actions`` IAM would not let ``principal`` do."""
        entries = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in (context or {}).items()
        ]
        found: set[str] = set()
        for first in range(0, len(actions), 100):
            results = self.client("iam").simulate_principal_policy(
                PolicySourceArn=principal,
                ActionNames=list(actions[first : first + 100]),
                ResourceArns=[resource],
                ContextEntries=entries,
            )["EvaluationResults"]
            found |= {each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"}
        return found


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bootstrapped]:
    folder = tmp_path_factory.mktemp("bootstrap")
    configuration = folder / "minimal.yaml"
    settings = "bootstrap: {qualifier: ml, permissions_boundary: cdk-ml-boundary}"
    text = (PROJECT / "config" / "minimal.yaml").read_text(encoding="utf-8")
    configuration.write_text(f"{text}\n{settings}\n", encoding="utf-8")
    running = start(folder / "state")
    app = f"exec {shlex.join([sys.executable, str(_APP)])}"
    synthesis = {
        "CONFIGURATION": str(configuration),
        "CDK_VALIDATION": "false",
        "PYTHONPATH": f"{PROJECT}:{PROJECT}/constructs",
    }
    subprocess.run(
        [
            str(PROJECT / "node_modules" / ".bin" / "cdk"),
            "synth",
            "--quiet",
            "--app",
            app,
            "--output",
            str(folder / "cdk.out"),
        ],
        cwd=PROJECT,
        env={**running.environment(os.environ), **synthesis},
        check=True,
        timeout=120,
    )
    found = Bootstrapped(running, clients_of(running), folder / "cdk.out")
    made = LeastPrivilegeBootstrap.for_assemblies([found.assembly], qualifier="ml")
    policies = Stack(found.client("cloudformation"), made.stack_name)
    policies.cloudformation.create_stack(
        StackName=made.stack_name,
        TemplateBody=json.dumps(made.template(), separators=(",", ":")),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert policies.settled() == "CREATE_COMPLETE", policies.reasons()
    done = found.cdk(*shlex.split(made.commands(ACCOUNT, "us-east-1", Path("policies.json"))[1])[1:])
    assert done.returncode == 0, done.stdout
    yield found
    running.stop()


def test_what_the_templates_take_is_allowed_and_no_other_type(account: Bootstrapped) -> None:
    types = {
        str(each["Type"]) for stack in stacks_of(account.assembly) for each in stack.template["Resources"].values()
    }
    needed = sorted({action for kind in types for action in handler_actions(kind) or ()})
    of_services = [action for action in needed if not action.startswith(("iam:", "lambda:InvokeFunction"))]
    assert account.denied(_EXECUTION, of_services) == set()
    database = handler_actions("AWS::RDS::DBInstance")
    assert database
    creating = [action for action in sorted(database - {*needed}) if action.startswith("rds:")]
    assert creating
    assert account.denied(_EXECUTION, creating) == set(creating)
    assert account.denied(_EXECUTION, ["ec2:RunInstances", "organizations:LeaveOrganization"]) == {
        "ec2:RunInstances",
        "organizations:LeaveOrganization",
    }


def test_roles_are_made_with_the_boundary_and_under_the_app_s_names(account: Bootstrapped) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:role/ml-platform-minimal-training-Role-1"
    other = f"arn:aws:iam::{ACCOUNT}:role/administrator"
    changing = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
    assert account.denied(_EXECUTION, changing, own, _WITH_BOUNDARY) == set()
    assert account.denied(_EXECUTION, changing, own) == set(changing)
    assert account.denied(_EXECUTION, changing, other, _WITH_BOUNDARY) == set(changing)
    assert account.denied(_EXECUTION, ["iam:PassRole"], own) == set()
    assert account.denied(_EXECUTION, ["iam:PassRole", "iam:UpdateAssumeRolePolicy"], other) == {
        "iam:PassRole",
        "iam:UpdateAssumeRolePolicy",
    }
    widening = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeleteRolePermissionsBoundary"]
    assert account.denied(_EXECUTION, widening, _BOUNDARY, _WITH_BOUNDARY) == set(widening)


def test_a_role_with_every_right_stays_within_the_boundary(account: Bootstrapped) -> None:
    iam = account.client("iam")
    iam.create_role(RoleName="ml-platform-greedy", AssumeRolePolicyDocument="{}", PermissionsBoundary=_BOUNDARY)
    everything: Mapping[str, Any] = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
    iam.put_role_policy(RoleName="ml-platform-greedy", PolicyName="all", PolicyDocument=json.dumps(everything))
    greedy = f"arn:aws:iam::{ACCOUNT}:role/ml-platform-greedy"
    assert account.denied(greedy, ["sagemaker:CreateTrainingJob", "s3:GetObject"]) == set()
    other = f"arn:aws:iam::{ACCOUNT}:role/administrator"
    leading_out = ["sts:AssumeRole", "iam:PassRole", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey"]
    assert account.denied(greedy, leading_out, other, _WITH_BOUNDARY) == set(leading_out)
    assert account.denied(greedy, ["ec2:RunInstances", "organizations:LeaveOrganization"]) == {
        "ec2:RunInstances",
        "organizations:LeaveOrganization",
    }


def test_the_app_is_deployed_by_it(account: Bootstrapped) -> None:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in account.emulator.environment().items():
            environment.setenv(name, value)
        rows = examine(account.assembly, Account.of_environment("us-east-1"))
    permissions = [row for row in rows if row.check == "Permissions" and row.subject.startswith("cdk-ml-cfn-exec")]
    assert [row.state for row in permissions] == [CheckState.FINE], [row.message for row in permissions]
    done = account.cdk("deploy", "**", "--app", str(account.assembly), "--require-approval", "never")
    assert done.returncode == 0, done.stdout[-3000:]
    roles = account.client("iam").get_paginator("list_roles").paginate().build_full_result()["Roles"]
    names = [each["RoleName"] for each in roles if each["RoleName"].startswith("ml-platform-minimal-")]
    assert names
    described = [account.client("iam").get_role(RoleName=name)["Role"] for name in names]
    assert [each["RoleName"] for each in described if not each.get("PermissionsBoundary")] == []
