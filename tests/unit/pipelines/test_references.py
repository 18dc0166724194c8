"""References and conditions: written as definitions write them, and refused where they have no value yet."""

from collections.abc import Callable
from typing import Any, cast

import aws_cdk as cdk
import pytest

from harness.workflow import Workflow
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.pipelines import (
    BestIteration,
    BooleanParameter,
    Condition,
    Execution,
    Expression,
    FloatParameter,
    IntegerParameter,
    LoopItem,
    StringParameter,
    TrainingStep,
    TuningStep,
    join,
)
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from tools.step_results import TARGET, stub_text

AUC, MODE = FloatParameter("Auc", 0.9), StringParameter("Mode", "full", allowed=("full", "fast"))
TRAIN = cast(Any, result_of_step("Training", "Train"))


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (AUC, {"Get": "Parameters.Auc"}),
        (Execution.ID, {"Get": "Execution.PipelineExecutionId"}),
        (TRAIN.ModelArtifacts.S3ModelArtifacts, {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}),
        (TRAIN.FinalMetricDataList["auc"].Value, {"Get": "Steps.Train.FinalMetricDataList['auc'].Value"}),
        (TRAIN.InputDataConfig[0].ChannelName, {"Get": "Steps.Train.InputDataConfig[0].ChannelName"}),
        (TRAIN.HyperParameters["eta"], {"Get": "Steps.Train.HyperParameters['eta']"}),
        (AUC.to_string(), {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Auc"}]}}),
        (join("a", 1, MODE, on="-"), {"Std:Join": {"On": "-", "Values": ["a", 1, {"Get": "Parameters.Mode"}]}}),
        (LoopItem().row["id"], {"Get": "ForEach.CurrentItem.row['id']"}),
        (result_of_step("EMRServerless", "Spark").jobRun.state, {"Get": "Steps.Spark.jobRun.state"}),
        (result_of_step("Lineage", "Trace").ActionArns["made"], {"Get": "Steps.Trace.ActionArns['made']"}),
        (
            result_of_step("Tuning", "Tune").TrainingJobSummaries[1].TrainingJobName,
            {"Get": "Steps.Tune.TrainingJobSummaries[1].TrainingJobName"},
        ),
        (
            result_of_step("AutoML", "Auto").BestCandidateProperties.ModelInsightsJsonReportPath,
            {"Get": "Steps.Auto.BestCandidateProperties.ModelInsightsJsonReportPath"},
        ),
    ],
)
def test_an_expression_is_written(expression: Expression, written: object) -> None:
    assert expression.document() == written


def _equals(name: str, value: object) -> dict[str, object]:
    return {"Type": "Equals", "LeftValue": {"Get": f"Parameters.{name}"}, "RightValue": value}


A, B, C = (IntegerParameter(name) for name in "ABC")


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (AUC >= 0.5, [{"Type": "GreaterThanOrEqualTo", "LeftValue": {"Get": "Parameters.Auc"}, "RightValue": 0.5}]),
        (AUC > A, [{"Type": "GreaterThan", "LeftValue": AUC.document(), "RightValue": A.document()}]),
        (AUC < 0.5, [{"Type": "LessThan", "LeftValue": {"Get": "Parameters.Auc"}, "RightValue": 0.5}]),
        (AUC <= 1, [{"Type": "LessThanOrEqualTo", "LeftValue": {"Get": "Parameters.Auc"}, "RightValue": 1}]),
        (
            MODE.is_in(["full", "fast"]),
            [{"Type": "In", "QueryValue": {"Get": "Parameters.Mode"}, "Values": ["full", "fast"]}],
        ),
        ((A == 1) & (B == 2), [_equals("A", 1), _equals("B", 2)]),
        ((A == 1) | (B == 2), [{"Type": "Or", "Conditions": [_equals("A", 1), _equals("B", 2)]}]),
        (~(A == 1), [{"Type": "Not", "Condition": _equals("A", 1)}]),
        (~~(A == 1), [_equals("A", 1)]),
        # No And stands below Or or Not, as definitions have none.
        (
            (A == 1) & (B == 2) | (C == 3),
            [
                {"Type": "Or", "Conditions": [_equals(name, value), _equals("C", 3)]}
                for name, value in (("A", 1), ("B", 2))
            ],
        ),
        (
            ~((A == 1) & (B == 2)),
            [
                {
                    "Type": "Or",
                    "Conditions": [{"Type": "Not", "Condition": _equals(n, v)} for n, v in (("A", 1), ("B", 2))],
                }
            ],
        ),
    ],
)
def test_operators_make_conditions(condition: Condition, written: object) -> None:
    assert [each.document() for each in condition.all] == written


USES: dict[str, Callable[[Any], object]] = {
    "f-string": lambda value: f"s3://{value}/rows",
    "str": lambda value: str(value),
    "join": lambda value: "/".join(["s3:/", str(value)]),
    "truth": lambda value: "yes" if value else "no",
    "comparison": lambda value: 1 if value == 1 else 2,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_value_that_is_not_there_yet_is_refused_with_its_place(use: Callable[[Any], object]) -> None:
    for value, place in ((AUC, "Parameters.Auc"), (TRAIN.TrainingJobName, "Steps.Train.TrainingJobName")):
        with pytest.raises(InvalidInput, match="has no value before the pipeline runs") as refused:
            use(value)
        assert refused.value.place in (place, "Condition")


def test_a_member_that_a_result_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        _ = TRAIN.ModelArtifact
    assert str(refused.value) == (
        "Steps.Train: ModelArtifact must be a member of this result; did you mean ModelArtifacts?"
    )
    assert not hasattr(TRAIN, "ModelArtifact")
    with pytest.raises(InvalidInput, match="must be asked of a list or a map"):
        _ = TRAIN.TrainingJobName["x"]


def test_parameters_declare_themselves() -> None:
    assert MODE.declaration() == {
        "Name": "Mode",
        "Type": "String",
        "DefaultValue": "full",
        "EnumValues": ["full", "fast"],
    }
    assert BooleanParameter("Flag", False).declaration() == {"Name": "Flag", "Type": "Boolean", "DefaultValue": False}
    assert IntegerParameter("Rounds").declaration() == {"Name": "Rounds", "Type": "Integer"}


def test_the_best_model_of_a_search(stack: cdk.Stack) -> None:
    tune = TuningStep("Tune", Workflow.of(stack).tuning)
    assert tune.best_model().document() == {
        "Std:Join": {
            "On": "/",
            "Values": [
                "s3://data/training",
                {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"},
                "output/model.tar.gz",
            ],
        }
    }
    with pytest.raises(InvalidInput, match="best_model must be one of 50 jobs"):
        tune.best_model(50)


def test_the_best_iteration_of_a_loop(stack: cdk.Stack) -> None:
    each = TrainingStep("Each", Workflow.of(stack).training)
    chosen = BestIteration("MaxBy", each, "FinalMetricDataList['auc'].Value")
    assert chosen.document() == {
        "Pick": "MaxBy",
        "Field": {"Get": "IterationOutput.Each.FinalMetricDataList['auc'].Value"},
    }


def test_what_editors_see_is_what_botocore_says() -> None:
    assert TARGET.read_text(encoding="utf-8") == stub_text(), "Run: make schema"
