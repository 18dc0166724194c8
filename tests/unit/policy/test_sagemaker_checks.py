"""The plug-in in somebody else's app."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.policy import SageMakerChecks, judge_assembly

ROLE = "arn:aws:iam::123456789012:role/churn"


def _model(scope: cdk.Stack, **arguments: Any) -> sagemaker.CfnModel:
    container = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.0.0"}
    network = {"subnets": ["subnet-a", "subnet-b"], "securityGroupIds": ["sg-a"]}
    return sagemaker.CfnModel(
        scope, "Model", execution_role_arn=ROLE, primary_container=container, vpc_config=network, **arguments
    )


def _report(folder: Path) -> dict[str, Any]:
    [report] = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return report


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "cdk.out"


@pytest.fixture
def outsider(out: Path) -> cdk.App:
    return cdk.App(outdir=str(out), context={"aws:cdk:enable-path-metadata": True})


def test_an_error_ends_the_synthesis_and_names_construct_and_property(outsider: cdk.App, out: Path) -> None:
    _model(cdk.Stack(outsider, "Churn"))
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks(level="prod"))
    with pytest.raises(RuntimeError, match=r"network isolation is on, got: none"):
        outsider.synth()
    [violation] = _report(out)["violations"]
    assert (violation["ruleName"], violation["severity"]) == ("SageMaker.5", "error")
    [place] = violation["violatingConstructs"]
    assert place["constructPath"] == "Churn/Model"
    assert place["cloudFormationResource"]["propertyPaths"] == ["Properties.EnableNetworkIsolation"]


def test_elsewhere_it_is_a_warning(outsider: cdk.App, out: Path) -> None:
    _model(cdk.Stack(outsider, "Churn"))
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks(level="dev"))
    outsider.synth()
    assert [each["severity"] for each in _report(out)["violations"]] == ["warning"]


def test_a_finding_is_accepted_beside_the_construct(outsider: cdk.App, out: Path) -> None:
    model = _model(cdk.Stack(outsider, "Churn"))
    accepted = cdk.Acknowledgment(id="SageMaker::SageMaker.5", reason="Asks a license server.")
    cdk.Validations.of(model).acknowledge(accepted)
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks())
    outsider.synth()
    [found] = judge_assembly(out)
    assert (found.rule, found.accepted) == ("SageMaker.5", "Asks a license server.")


def test_a_finding_is_accepted_in_the_template(outsider: cdk.App) -> None:
    model = _model(cdk.Stack(outsider, "Churn"))
    model.add_metadata("sagemaker-policy", {"accept": {"SageMaker.5": "Asks a license server."}})
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks())
    outsider.synth()


def test_nested_stacks_and_stages_are_judged(outsider: cdk.App, out: Path) -> None:
    stage = cdk.Stage(outsider, "Prod")
    nested = cdk.NestedStack(cdk.Stack(stage, "Parent"), "Child")
    _model(nested)
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks())
    with pytest.raises(RuntimeError, match=r"SageMaker::SageMaker\.5"):
        outsider.synth()
    assert [each.construct for each in judge_assembly(out)] == ["Prod/Parent/Child/Model"]


def test_a_bucket_of_nobody_s_is_left_alone(outsider: cdk.App) -> None:
    s3.Bucket(cdk.Stack(outsider, "Website"), "Pages")
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks())
    outsider.synth()


def test_a_rule_that_is_asked_for_by_name_is_asked(outsider: cdk.App) -> None:
    _model(cdk.Stack(outsider, "Churn"), enable_network_isolation=True)
    cdk.Validations.of(outsider).add_plugins(SageMakerChecks(opt_in=["SageMaker.16"]))
    with pytest.raises(RuntimeError, match=r"SageMaker::SageMaker\.16"):
        outsider.synth()


def test_bad_arguments_are_refused_together() -> None:
    with pytest.raises(InvalidInput) as refused:
        SageMakerChecks(level="production", opt_in=["SageMaker.26"])
    assert [line.partition(" must be")[0] for line in refused.value.lines] == [
        "SageMakerChecks: level",
        "SageMakerChecks: opt_in[0]",
    ]
