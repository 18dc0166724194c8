"""``python -m sagemaker_constructs.doctor`` without an account, and how its table reads."""

import json
from pathlib import Path

import pytest

from harness.doctor.assemblies import named, write_assembly
from sagemaker_constructs.core.templates.handler_permissions import handler_actions
from sagemaker_constructs.doctor import examine
from sagemaker_constructs.doctor.account import Account
from sagemaker_constructs.doctor.check import Check, CheckResult, CheckState, checks
from sagemaker_constructs.doctor.report.command import main
from sagemaker_constructs.doctor.report.text import results_text
from tools.handler_permissions import TARGET, excerpt_text


def _assembly(folder: Path) -> Path:
    config = named(
        "SageMaker::EndpointConfig",
        ProductionVariants=[{"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}],
    )
    endpoint = named("SageMaker::Endpoint", EndpointConfigName={"Ref": "Config"})
    return write_assembly(folder / "cdk.out", {"churn": {"Config": config, "Endpoint": endpoint}})


def test_without_an_account_what_needs_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(_assembly(tmp_path)), "--offline", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["check"] for row in rows} == {check.title for check in checks() if not check.opt_in}
    fine = {(row["check"], row["subject"]) for row in rows if row["state"] == "fine"}
    assert {("Image builder", "builder"), ("Closed services", "services")} < fine
    [need] = [row for row in rows if row["subject"] == "ml.m5.large for endpoint usage"]
    assert (need["state"], need["message"]) == ("unseen", "needs 2: 1 to run, 1 more while one is updated")
    assert main([str(tmp_path / "cdk.out"), "--offline", "--strict", "--output", str(tmp_path / "rows")]) == 1


def test_a_folder_that_is_none_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--offline"]) == 2
    assert "manifest.json" in capsys.readouterr().err


def test_a_template_that_is_too_large_is_told_without_an_account(tmp_path: Path) -> None:
    topics = {f"T{number}": named("SNS::Topic") for number in range(501)}
    rows = examine(write_assembly(tmp_path / "cdk.out", {"large": topics}), Account.none("none"))
    wrong = [row for row in rows if row.state is CheckState.WRONG]
    assert [(row.subject, row.message) for row in wrong] == [
        ("resources in the fullest stack", "501, of which AWS allows 500")
    ]


def test_a_check_that_fails_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [first, *others] = checks()

    def fails(*_: object) -> None:
        raise ZeroDivisionError("not meant")

    monkeypatch.setattr(type(first), "look", fails)
    rows = examine(_assembly(tmp_path), Account.none("none"))
    [row] = [each for each in rows if each.check == first.title]
    assert (row.state, "ZeroDivisionError: not meant" in row.message) == (CheckState.UNSEEN, True)
    assert {each.check for each in rows} > {check.title for check in others if not check.opt_in}


def test_the_table_fits_a_terminal_and_its_commands_can_be_copied() -> None:
    command = "aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-1"
    command += " --desired-value 2"
    words = "needs 2, and the quota is 0: the deployment fails, as a new account has none of nearly every type"
    row = CheckResult("Quotas", "us-east-1", "ml.m5.large for endpoint usage", CheckState.WRONG, words, command)
    again = CheckResult("Quotas", "us-east-1", "short", CheckState.WRONG, "the same", command)
    text = results_text([row, again], width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert " ".join(text.replace("\\\n", " ").split()).count(command) == 1
    assert text.splitlines()[-1] == "✘ 2 to mend, ? 0 not seen, ✔ 0 fine"


def test_every_check_stands_in_its_own_place() -> None:
    places = [check.place for check in checks()]
    assert places == sorted(set(places))
    assert all(isinstance(check, Check) and check.title for check in checks())


def test_actions_are_those_of_the_schemas() -> None:
    assert TARGET.read_text(encoding="utf-8") == excerpt_text(), "run: python -m tools.handler_permissions"
    actions = handler_actions("AWS::SageMaker::Endpoint")
    assert actions is not None
    assert {"sagemaker:CreateEndpoint", "sagemaker:DeleteEndpoint"} < actions
    assert handler_actions("Custom::Anything") == {"lambda:InvokeFunction"}
    assert handler_actions("AWS::Nothing::There") is None
