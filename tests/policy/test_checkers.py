"""cfn-lint and cdk-nag over the whole platform: nothing unexplained."""

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
import pytest
from aws_cdk import aws_s3 as s3

from harness.platform_templates import ENVIRONMENTS, PROJECT, all_stacks, build

VALIDATE = "@aws-cdk/core:validateAgainstDefaultRules"
PACKS = (
    cdk_nag.AwsSolutionsChecks,
    cdk_nag.HIPAASecurityChecks,
    cdk_nag.NIST80053R4Checks,
    cdk_nag.NIST80053R5Checks,
    cdk_nag.PCIDSS321Checks,
)


def _cfn_lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    """cfn-lint as a person would run it here: with the rules that .cfnlintrc names."""
    program = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run([program, "--", *templates], capture_output=True, text=True, timeout=900)


@pytest.mark.whole
def test_cfn_lint_has_nothing_to_say_even_informally() -> None:
    linted = _cfn_lint(*[stack.path for stack in all_stacks()])
    assert (linted.stdout, linted.returncode) == ("", 0)


def test_cfn_lint_does_look(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    template.write_text('{"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"Nonsense": 1}}}}')
    assert "E3002" in _cfn_lint(template).stdout


@pytest.mark.whole
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cdk_nag_finds_nothing_unacknowledged(environment: str, tmp_path: Path) -> None:
    app = build(environment, str(tmp_path / "cdk.out"))
    _check(app)


def test_cdk_nag_does_look(app: cdk.App) -> None:
    s3.Bucket(cdk.Stack(app, "Stack"), "Bare")
    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        _check(app)


def _check(app: cdk.App) -> None:
    cdk.Validations.of(app).add_plugins(*[pack(app) for pack in PACKS])
    app.synth()


@pytest.mark.whole
def test_the_cdk_s_own_validation_finds_nothing(tmp_path: Path) -> None:
    """The one synth with it: it takes seconds, and is off in all other tests."""
    context = {**json.loads((PROJECT / "cdk.json").read_text())["context"], VALIDATE: True}
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    synthesized = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=900,
        env={**environment, "CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(tmp_path / "cdk.out")},
    )
    assert (synthesized.returncode, synthesized.stdout, synthesized.stderr) == (0, "", "")
