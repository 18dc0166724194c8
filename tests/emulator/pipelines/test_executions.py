"""Executions over boto3, whose steps are real jobs."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import refused
from harness.pipeline_definitions import (
    BUCKET,
    Factory,
    condition,
    definition,
    fail,
    get,
    parameter,
    processing,
    reported,
    step,
    training,
)
from harness.workflow import KEPT, KEPT_OF_VERSION_2, sdk_definitions
from sagemaker_constructs.pipelines import DriftCheckBaselines, ModelCard, ModelMetrics, join
from sagemaker_constructs.pipelines.references.definition_part import written
from sagemaker_constructs.pipelines.references.execution import Execution
from sagemaker_constructs.pipelines.references.property_file import StepFile
from sagemaker_constructs.pipelines.references.step_results import result_of_step

LIMIT = parameter("Limit", "Float", 0.7)
AUC = {
    "Type": "GreaterThanOrEqualTo",
    "LeftValue": reported("Evaluate", "auc.value"),
    "RightValue": get("Parameters.Limit"),
}
MODEL = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
REPORT = join(f"s3://{BUCKET}", Execution.ID, "Evaluate/report.json", on="/")
CARD = ModelCard(
    "Whom to call",
    training_job=result_of_step("Training", "Train").TrainingJobArn,
    evaluations={"validation": {"auc": StepFile("Evaluate", "Report").at("auc.value")}},
)


def _register(image: str, group: str) -> dict[str, Any]:
    containers = [{"Image": image, "ModelDataUrl": MODEL}]
    types = ["text/csv"]
    specification = {
        "Containers": containers,
        "SupportedContentTypes": types,
        "SupportedResponseMIMETypes": types,
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
    }
    return step(
        "Register",
        "RegisterModel",
        {
            "ModelPackageGroupName": group,
            "InferenceSpecification": specification,
            "ModelApprovalStatus": "PendingManualApproval",
            "ModelCard": written(CARD.document()),
            "ModelMetrics": written(ModelMetrics(quality=REPORT).document()),
            "DriftCheckBaselines": written(DriftCheckBaselines(quality=REPORT).document()),
        },
    )


@pytest.fixture(scope="module")
def churn(factory: Factory, tabular_image: str, echo_image: str) -> str:
    """A pipeline that trains, evaluates, and registers what is good enough."""
    report = {"Std:Join": {"On": "", "Values": ['{"auc": {"value": ', get("Parameters.Auc"), "}}"]}}
    text = definition(
        training("Train", echo_image, {"score": get("Parameters.Score")}),
        processing("Evaluate", tabular_image, report, DependsOn=["Train"]),
        condition(
            "Good",
            AUC,
            then=[_register(echo_image, "churn")],
            otherwise=[fail("Weak", {"Std:Join": {"On": " ", "Values": ["AUC below", get("Parameters.Limit")]}})],
        ),
        parameters=[LIMIT, parameter("Score", "String", "0.5"), parameter("Auc", "Float", 0.9)],
    )
    factory.create("churn", text)
    return "churn"


def test_a_good_model_is_registered(factory: Factory, churn: str) -> None:
    told = factory.run(churn, {"Score": "0.8"})
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    steps = factory.steps(told["PipelineExecutionArn"])
    assert [*steps] == ["Train", "Evaluate", "Good", "Register"]
    assert steps["Good"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    job = factory.sagemaker.describe_training_job(
        TrainingJobName=steps["Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[1]
    )
    execution = told["PipelineExecutionArn"].rsplit("/", 1)[1]
    assert job["TrainingJobName"].startswith(f"pipelines-{execution}-Train-")
    assert job["HyperParameters"] == {"score": "0.8"}
    package = factory.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert (
        package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        == job["ModelArtifacts"]["S3ModelArtifacts"]
    )
    card = json.loads(package["ModelCard"]["ModelCardContent"])
    assert card["training_details"]["training_job_details"]["training_arn"] == job["TrainingJobArn"]
    [measured] = card["evaluation_details"][0]["metric_groups"][0]["metric_data"]
    assert measured == {"name": "auc", "type": "number", "value": 0.9}
    report = {"ContentType": "application/json", "S3Uri": f"s3://{BUCKET}/{execution}/Evaluate/report.json"}
    assert package["ModelMetrics"] == {"ModelQuality": {"Statistics": report}}
    assert package["DriftCheckBaselines"] == {"ModelQuality": {"Statistics": report}}
    stored = factory.s3.get_object(Bucket=BUCKET, Key=f"{execution}/Evaluate/report.json")["Body"].read()
    assert json.loads(stored) == {"auc": {"value": 0.9}}


def test_a_worse_model_is_stopped_by_the_condition(factory: Factory, churn: str) -> None:
    told = factory.run(churn, {"Limit": "0.95"})
    assert told["PipelineExecutionStatus"] == "Failed"
    assert told["FailureReason"] == "Step failure: One or multiple steps failed."
    steps = factory.steps(told["PipelineExecutionArn"])
    assert steps["Weak"]["FailureReason"] == "AUC below 0.95"
    assert "Register" not in steps


def test_what_a_failing_job_says_is_the_reason_of_its_step(factory: Factory, echo_image: str) -> None:
    factory.create(
        "fails",
        definition(
            training("Train", echo_image, {"failure": "no rows"}),
            training("After", echo_image, {}, DependsOn=["Train"]),
        ),
    )
    told = factory.run("fails")
    steps = factory.steps(told["PipelineExecutionArn"])
    assert told["PipelineExecutionStatus"] == "Failed"
    assert "no rows" in steps["Train"]["FailureReason"]
    assert [*steps] == ["Train"]


def test_steps_may_follow_a_failure(factory: Factory, echo_image: str) -> None:
    factory.create(
        "goes-on",
        definition(
            training("Train", echo_image, {"failure": "no rows"}),
            training("Instead", echo_image, {}, DependsOn=[{"Step": "Train", "Trigger": "Failed"}]),
            training("Always", echo_image, {}, DependsOn=[{"Step": "Instead", "Trigger": "Any"}]),
            training("Never", echo_image, {}, DependsOn=["Train"]),
        ),
    )
    told = factory.run("goes-on")
    assert told["PipelineExecutionStatus"] == "CompletedWithFailures"
    assert factory.statuses(told["PipelineExecutionArn"]) == {
        "Train": "Failed",
        "Instead": "Succeeded",
        "Always": "Succeeded",
    }


def test_a_retry_goes_on_where_the_execution_failed(factory: Factory, echo_image: str) -> None:

    needs = step(
        "Model",
        "Model",
        {
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/x",
            "PrimaryContainer": {"ModelPackageName": "arn:aws:sagemaker:us-east-1:123456789012:model-package/late/1"},
        },
        DependsOn=["Train"],
    )
    factory.create("retried", definition(training("Train", echo_image, {}), needs))
    told = factory.run("retried")
    first = factory.steps(told["PipelineExecutionArn"])
    assert told["PipelineExecutionStatus"] == "Failed"
    assert "Failed to invoke sagemaker:CreateModel" in first["Model"]["FailureReason"]
    factory.sagemaker.create_model_package_group(ModelPackageGroupName="late")
    factory.sagemaker.create_model_package(
        ModelPackageGroupName="late",
        InferenceSpecification={
            "Containers": [{"Image": echo_image, "ModelDataUrl": f"s3://{BUCKET}/models/none.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    again = factory.sagemaker.retry_pipeline_execution(
        PipelineExecutionArn=told["PipelineExecutionArn"], ClientRequestToken="r" * 32
    )
    assert again["PipelineExecutionArn"] == told["PipelineExecutionArn"]
    ended = factory.ended(told["PipelineExecutionArn"])
    assert ended["PipelineExecutionStatus"] == "Succeeded", factory.steps(told["PipelineExecutionArn"])
    assert "FailureReason" not in ended
    second = factory.steps(told["PipelineExecutionArn"])
    assert second["Train"] == first["Train"]
    code, words = refused(
        factory.sagemaker.retry_pipeline_execution,
        PipelineExecutionArn=told["PipelineExecutionArn"],
        ClientRequestToken="s" * 32,
    )
    assert (code, "is Succeeded" in words) == ("ValidationException", True)


def test_a_stop_ends_the_running_job(factory: Factory, echo_image: str) -> None:
    factory.create(
        "stopped",
        definition(
            training("Train", echo_image, {"seconds": "50"}),
            training("After", echo_image, {}, DependsOn=["Train"]),
        ),
    )
    execution = factory.start("stopped")
    _until_it_runs(factory, execution)
    factory.stop(execution)
    assert factory.ended(execution)["PipelineExecutionStatus"] == "Stopped"
    assert factory.statuses(execution) == {"Train": "Stopped"}
    job = factory.steps(execution)["Train"]["Metadata"]["TrainingJob"]["Arn"].split("/")[1]
    assert factory.sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"] == "Stopped"
    code, words = refused(
        factory.sagemaker.stop_pipeline_execution, PipelineExecutionArn=execution, ClientRequestToken="t" * 32
    )
    assert (code, "is Stopped" in words) == ("ValidationException", True)


def _until_it_runs(factory: Factory, execution: str) -> None:
    from harness.aws_clients import wait_for

    def job() -> Any:
        arn = factory.steps(execution).get("Train", {}).get("Metadata", {}).get("TrainingJob", {}).get("Arn")
        return factory.sagemaker.describe_training_job(TrainingJobName=arn.split("/")[1]) if arn else {}

    wait_for(job, lambda told: told.get("SecondaryStatus") == "Training")


def test_a_pipeline_with_a_running_execution_is_not_deleted(factory: Factory, echo_image: str) -> None:
    factory.create("deleted", definition(training("Train", echo_image, {"seconds": "50"})))
    execution = factory.start("deleted")
    _until_it_runs(factory, execution)
    delete = factory.sagemaker.delete_pipeline
    code, words = refused(delete, PipelineName="deleted", ClientRequestToken="u" * 32)
    assert (code, "running" in words) == ("ConflictException", True)
    factory.stop(execution)
    factory.ended(execution)
    delete(PipelineName="deleted", ClientRequestToken="u" * 32)
    code, _ = refused(factory.sagemaker.describe_pipeline_execution, PipelineExecutionArn=execution)
    assert code == "ResourceNotFound"


def test_no_more_steps_run_than_allowed(factory: Factory, echo_image: str) -> None:
    steps = [training(name, echo_image, {"seconds": "0.3"}) for name in ("A", "B", "C")]
    factory.create("narrow", definition(*steps), ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    told = factory.run("narrow")
    ran = sorted(factory.steps(told["PipelineExecutionArn"]).values(), key=lambda each: each["StartTime"])
    assert len(ran) == 3
    assert all(before["EndTime"] <= after["StartTime"] for before, after in itertools.pairwise(ran))
    assert told["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}


def test_the_second_execution_takes_what_the_first_has_done(factory: Factory, tabular_image: str) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"}}
    first = processing("Report", tabular_image, '{"auc": 1}', **cached)
    after = processing("After", tabular_image, get("Parameters.Text"), DependsOn=["Report"], **cached)
    factory.create("cached", definition(first, after, parameters=[parameter("Text", "String", "{}")]))
    ran = factory.run("cached")["PipelineExecutionArn"]
    other = factory.run("cached", {"Text": "[]"})["PipelineExecutionArn"]
    again = factory.run("cached", {"Text": "[]"})["PipelineExecutionArn"]
    steps = {execution: factory.steps(execution) for execution in (ran, other, again)}
    assert "CacheHitResult" not in steps[ran]["Report"]
    assert steps[other]["Report"]["CacheHitResult"] == {"SourcePipelineExecutionArn": ran}
    assert steps[other]["Report"]["Metadata"] == steps[ran]["Report"]["Metadata"]
    assert "CacheHitResult" not in steps[other]["After"], "another argument is other work"
    assert steps[again]["Report"]["CacheHitResult"] == {"SourcePipelineExecutionArn": ran}
    assert steps[again]["After"]["CacheHitResult"] == {"SourcePipelineExecutionArn": other}


def test_selected_steps_use_the_results_of_another_execution(factory: Factory, echo_image: str) -> None:
    model = step(
        "Model",
        "Model",
        {
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/x",
            "PrimaryContainer": {"Image": echo_image, "ModelDataUrl": MODEL},
        },
    )
    factory.create("selected", definition(training("Train", echo_image, {}), model))
    whole = factory.run("selected")
    source = whole["PipelineExecutionArn"]
    assert whole["PipelineExecutionStatus"] == "Succeeded", factory.steps(source)
    chosen = {"SelectedSteps": [{"StepName": "Model"}]}
    again = factory.run("selected", SelectiveExecutionConfig={**chosen, "SourcePipelineExecutionArn": source})
    steps = factory.steps(again["PipelineExecutionArn"])
    assert steps["Train"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert steps["Train"]["Metadata"] == factory.steps(source)["Train"]["Metadata"]
    assert steps["Model"]["Metadata"] != factory.steps(source)["Model"]["Metadata"]
    code, words = refused(factory.start, name="selected", SelectiveExecutionConfig=chosen)
    assert code == "ValidationException"
    assert (
        "Invalid SourcePipelineExecutionArn: null. The selected steps [Model] have dependencies on [Train]" in words
    )


def test_a_loop_repeats_its_steps(factory: Factory, tabular_image: str) -> None:
    body = processing(
        "Report", tabular_image, {"Std:Join": {"On": "", "Values": ['{"auc": ', get("ForEach.CurrentItem"), "}"]}}
    )
    output = body["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    output.append(get("ForEach.CurrentItem"))
    loop = step("Loop", "ForEach", {"IterableItems": [1, 2], "MaxConcurrency": 2, "ForEachBody": body})
    last = "Steps.Loop.IterationOutputs[1].Report.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri"
    said = fail("Said", get(last))
    factory.create("loops", definition(loop, said))
    told = factory.run("loops")
    execution = told["PipelineExecutionArn"]
    steps = factory.steps(execution)
    assert steps["Loop"]["Metadata"]["ForEach"]["SucceededStepCount"] == 2
    assert steps["Said"]["FailureReason"] == f"s3://{BUCKET}/{execution.rsplit('/', 1)[1]}/Report/2"
    assert steps["Report"]["IterationContext"]["ParentStepName"] == "Loop"


def test_an_execution_has_a_trial_in_the_experiment_of_its_pipeline(factory: Factory) -> None:
    config = {"ExperimentName": get("Parameters.Experiment"), "TrialName": get("Execution.PipelineExecutionId")}
    name = parameter("Experiment", "String", "churn")
    factory.create("tried", definition(fail("End", "done"), parameters=[name], PipelineExperimentConfig=config))
    first, second = factory.run("tried"), factory.run("tried")
    for told in (first, second):
        trial = told["PipelineExecutionArn"].rpartition("/")[2]
        assert told["PipelineExperimentConfig"] == {"ExperimentName": "churn", "TrialName": trial}
        assert factory.sagemaker.describe_trial(TrialName=trial)["ExperimentName"] == "churn"
    refused_name = factory.run("tried", {"Experiment": "no name"})
    assert refused_name["PipelineExecutionStatus"] == "Failed"
    assert "no name" in refused_name["FailureReason"]
    assert factory.steps(refused_name["PipelineExecutionArn"]) == {}


@pytest.mark.parametrize("kept", [KEPT, KEPT_OF_VERSION_2], ids=["3.27", "2.257"])
def test_what_either_version_of_the_sdk_has_defined_runs(factory: Factory, echo_image: str, kept: Path) -> None:
    defined = sdk_definitions(kept)["trained"]
    image = defined["Steps"][0]["Arguments"]["AlgorithmSpecification"]["TrainingImage"]
    text = json.dumps(defined).replace(image, echo_image).replace("s3://data/", f"s3://{BUCKET}/sdk/")
    factory.s3.put_object(Bucket=BUCKET, Key="sdk/rows/rows.csv", Body="1,2\n")
    name = f"trained-{kept.stem}".replace("_", "-")
    factory.create(name, text)
    told = factory.run(name)
    assert told["PipelineExecutionStatus"] == "Succeeded", factory.steps(told["PipelineExecutionArn"])
