"""Policies of a bootstrap for what templates take, within IAM's limits."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.doctor.assemblies import named, write_assembly
from harness.documents import PROJECT
from sagemaker_constructs.core.templates.assembly import Template
from sagemaker_constructs.core.templates.handler_permissions import handler_actions
from sagemaker_constructs.delivery.__main__ import main
from sagemaker_constructs.delivery.bootstrap.execution_policies import MOST_CHARACTERS, execution_policies
from sagemaker_constructs.delivery.bootstrap.least_privilege_bootstrap import LeastPrivilegeBootstrap
from sagemaker_constructs.delivery.bootstrap.needed_actions import needed_actions, services_of_roles

_TEMPLATES = PROJECT / "tests" / "snapshot" / "templates"
_ENVIRONMENTS = sorted({path.name.partition("-")[0] for path in _TEMPLATES.glob("*.json")})


def _templates(environment: str) -> dict[str, Template]:
    return {path.stem: json.loads(path.read_text()) for path in _TEMPLATES.glob(f"{environment}-*.json")}


def _actions(policies: Any) -> set[str]:
    return {action for policy in policies for each in policy["Statement"] for action in each["Action"]}


@pytest.mark.parametrize("environment", _ENVIRONMENTS)
def test_every_type_of_an_environment_is_covered_within_the_limits(environment: str) -> None:
    templates = _templates(environment)
    needed = needed_actions(templates)
    policies = execution_policies(needed, prefix=f"ml-platform-{environment}", boundary="arn:boundary")
    assert len(policies) <= 10
    assert all(len(json.dumps(each, separators=(",", ":"))) <= MOST_CHARACTERS for each in policies)
    taken_away = {"iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"}
    assert _actions(policies) == needed - taken_away
    types = {each["Type"] for template in templates.values() for each in template["Resources"].values()}
    for kind in types:
        assert (handler_actions(kind) or frozenset()) - taken_away <= _actions(policies), kind


def test_another_type_is_not_covered() -> None:
    policies = execution_policies(needed_actions(_templates("prod")), prefix="ml-platform-prod", boundary="arn:b")
    assert not any(action.startswith(("rds:", "redshift")) for action in _actions(policies))


def test_roles_need_the_boundary_and_the_app_s_names() -> None:
    actions = frozenset(("iam:CreateRole", "iam:GetRole", "iam:PassRole", "s3:CreateBucket", "lambda:InvokeFunction"))
    [policy] = execution_policies(actions, prefix="churn-", boundary="arn:boundary")
    by_action = {each["Action"][0]: each for each in policy["Statement"]}
    assert by_action["iam:CreateRole"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": "arn:boundary"}}
    for action in ("iam:CreateRole", "iam:GetRole", "iam:PassRole"):
        assert by_action[action]["Resource"] == ["arn:${AWS::Partition}:iam::${AWS::AccountId}:role/churn-*"]
    assert by_action["lambda:InvokeFunction"]["Resource"][0].endswith(":function:churn-*")
    assert by_action["s3:CreateBucket"]["Resource"] == "*"


def test_more_actions_than_a_role_can_have_are_refused() -> None:
    many = frozenset(f"s3:{'A' * 60}{number}" for number in range(1000))
    with pytest.raises(ValueError, match="a role may have 10"):
        execution_policies(many, prefix="churn", boundary="arn:b")


def test_what_cannot_be_written_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apart = write_assembly(tmp_path / "apart", {"alpha": {}, "beta": {}})
    with pytest.raises(ValueError, match="a common beginning of at least 3 characters"):
        LeastPrivilegeBootstrap.for_assemblies([apart], qualifier="ml")
    unknown = write_assembly(tmp_path / "unknown", {"alpha": {"A": {"Type": "AWS::Nothing::There"}}})
    assert main(["bootstrap", str(unknown), "--qualifier", "ml"]) == 2
    assert "AWS::Nothing::There" in capsys.readouterr().err


def test_the_command_writes_the_policies_and_says_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parameter = {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"}}
    assembly = write_assembly(tmp_path / "cdk.out", {"churn-one": {"T": named("SNS::Topic")}, "churn-two": {}})
    template = assembly / "churn-two.template.json"
    template.write_text(json.dumps({"Parameters": parameter, "Resources": {}}))
    arguments = ["--qualifier", "ml", "--account", "123456789012", "--output", str(tmp_path / "out")]
    assert main(["bootstrap", str(assembly), *arguments]) == 0
    said = capsys.readouterr().out
    assert "--custom-permissions-boundary cdk-ml-boundary" in said
    assert "arn:aws:iam::123456789012:policy/cdk-ml-execution-1" in said
    written = json.loads((tmp_path / "out" / "policies.template.json").read_text())
    documents = [each["Properties"]["PolicyDocument"] for each in written["Resources"].values()]
    assert any("ssm:GetParameters" in json.dumps(each) for each in documents)
    assert "churn-" in json.dumps(documents)


def test_services_are_those_that_policies_name() -> None:
    policy = {"Statement": [{"Action": ["s3:GetObject", "sagemaker:*"], "Resource": "*"}]}
    role = named("IAM::Role", Policies=[{"PolicyDocument": policy}])
    found = services_of_roles({"a": {"Resources": {"R": role}}})
    assert {"s3", "sagemaker"} < found
    assert "ec2" not in found
