"""What a pipeline is told: what is read from reports that do not have it, and conditions inside of conditions."""

import ast
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Annotations, Match

from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading
from sagemaker_constructs.pipelines import ConditionStep, FailStep, FloatParameter, Pipeline
from sagemaker_constructs.pipelines.definition_warnings import nesting_warnings
from sagemaker_constructs.pipelines.report_warnings import METRICS, report_warnings

SCRIPT = Path(__file__).resolve().parents[3] / "containers" / "jobs" / "jobs" / "scripts" / "model_quality.py"


def _told(path: Any, *arguments: str) -> list[str]:
    read = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": path}}
    condition = {"Type": "LessThan", "LeftValue": 0.9, "RightValue": read}
    steps = [
        {
            "Name": "Evaluate",
            "Type": "Processing",
            "Arguments": {"AppSpecification": {"ContainerArguments": [*arguments]}},
        },
        {
            "Name": "Good",
            "Type": "Condition",
            "Arguments": {"Conditions": [condition], "IfSteps": [], "ElseSteps": []},
        },
    ]
    return [*report_warnings(PipelineReading({"Steps": steps}))]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "binary_classification_metrics.auc",
            "Good reads binary_classification_metrics.auc, which is no number: its number is "
            "binary_classification_metrics.auc.value",
        ),
        (
            "binary_classification_metrics.acu.value",
            "Good reads binary_classification_metrics.acu.value, which evaluate in Evaluate does not write; "
            "did you mean binary_classification_metrics.auc.value?",
        ),
        (
            "regression_metrics.auc.value",
            "Good reads regression_metrics.auc.value, which evaluate in Evaluate does not write; "
            "did you mean regression_metrics.mae.value?",
        ),
    ],
)
def test_what_evaluate_does_not_write_is_told(path: str, said: str) -> None:
    assert _told(path, "process", "evaluate") == [said]


@pytest.mark.parametrize(
    "path",
    [
        "binary_classification_metrics.auc.value",
        "multiclass_classification_metrics.weighted_f1.standard_deviation",
        "regression_metrics.r2.value",
        "binary_classification_metrics.confusion_matrix.yes.no",
        "binary_classification_metrics.receiver_operating_characteristic_curve.true_positive_rates[0]",
        {"Get": "Parameters.Path"},
    ],
)
def test_what_it_writes_is_not(path: Any) -> None:
    assert _told(path, "process", "evaluate") == []


def test_reports_of_others_have_whatever_they_have() -> None:
    assert _told("scores.auc", "python", "score.py") == []
    assert _told("binary_classification_metrics.own.value") == []


def test_the_metrics_are_those_of_the_script() -> None:
    written: dict[str, tuple[object, ...]] = {}
    for node in ast.parse(SCRIPT.read_text()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and isinstance(node.target, ast.Name):
            keys = (key.value for key in node.value.keys if isinstance(key, ast.Constant))
            written[node.target.id] = tuple(keys)
    assert written == {
        "_BINARY": METRICS["binary_classification_metrics"],
        "_MULTICLASS": METRICS["multiclass_classification_metrics"],
        "_REGRESSION": METRICS["regression_metrics"],
    }


def _condition(name: str, *inside: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Type": "Condition", "Arguments": {"IfSteps": [], "ElseSteps": [*inside], "Conditions": []}}


def _loop(name: str, *inside: dict[str, Any]) -> dict[str, Any]:
    return {"Name": name, "Type": "ForEach", "Arguments": {"ForEachBody": [*inside]}}


def test_a_condition_in_a_branch_is_told_with_the_one_around_it() -> None:
    inner = _condition("Inner")
    [said] = nesting_warnings(PipelineReading({"Steps": [_condition("Outer", _loop("Each", inner))]}))
    assert said.startswith("Inner is a condition in a branch of Outer, which AWS has documented as not supported")


def test_conditions_beside_each_other_and_in_loops_are_not() -> None:
    steps = [_condition("One", _loop("Each")), _condition("Two"), _loop("Other", _condition("Three"))]
    assert [*nesting_warnings(PipelineReading({"Steps": steps}))] == []


def test_a_pipeline_says_so_at_synth(stack: cdk.Stack) -> None:
    auc = FloatParameter("Auc", 0.9)
    inner = ConditionStep("Better", [auc > 0.8], then=[FailStep("Fails", message="no")])
    Pipeline(stack, "Pipeline", parameters=[auc], steps=[ConditionStep("Good", [auc > 0.5], then=[inner])])
    Annotations.from_stack(stack).has_warning(
        "*", Match.string_like_regexp("Better is a condition in a branch of Good")
    )
