"""Steps of further types: searches, transforms, endpoints and what cleans up."""

from typing import Any

from harness.aws_clients import ROLE, Clients
from harness.pipeline_definitions import (
    BUCKET,
    Factory,
    definition,
    fail,
    get,
    processing,
    step,
    training,
)

MODEL = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")


def _tuning(image: str) -> dict[str, Any]:
    trained: dict[str, Any] = training("unused", image, {})["Arguments"]
    definition_ = {name: value for name, value in trained.items() if name != "HyperParameters"}
    config = {
        "Strategy": "Grid",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "score", "Values": ["0.2", "0.9", "0.4"]}]},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
    }
    return step("Search", "Tuning", {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": definition_})


def test_a_search_names_its_training_jobs_from_the_best_one_on(factory: Factory, echo_image: str) -> None:
    best = "Steps.Search.TrainingJobSummaries[0].TunedHyperParameters.score"
    worst = "Steps.Search.TrainingJobSummaries[2].FinalHyperParameterTuningJobObjectiveMetric.Value"
    said = fail("Said", {"Std:Join": {"On": " ", "Values": [get(best), get(worst)]}})
    factory.create("search-in-a-pipeline", definition(_tuning(echo_image), said))
    execution = factory.run("search-in-a-pipeline")["PipelineExecutionArn"]
    steps = factory.steps(execution)
    assert steps["Said"]["FailureReason"] == "0.9 0.2"
    name = steps["Search"]["Metadata"]["TuningJob"]["Arn"].split("/")[1]
    assert name.startswith(f"{execution.rsplit('/', 1)[1]}-search-")
    assert len(name) <= 32


def test_an_endpoint_is_in_service_when_its_step_ends(factory: Factory, client: Clients, echo_image: str) -> None:
    train = training("Train", echo_image, {})
    container = {"Image": echo_image, "ModelDataUrl": MODEL}
    model = step("Model", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": container})
    variant = {
        "VariantName": "A",
        "ModelName": get("Steps.Model.ModelName"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    config = step("Config", "EndpointConfig", {"ProductionVariants": [variant]})
    named = {"EndpointName": "live-of-a-pipeline", "EndpointConfigName": get("Steps.Config.EndpointConfigName")}
    endpoint = step("Live", "Endpoint", named)
    factory.create("deploys", definition(train, model, config, endpoint))
    told = factory.run("deploys")
    steps = factory.steps(told["PipelineExecutionArn"])
    assert told["PipelineExecutionStatus"] == "Succeeded", steps
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName="live-of-a-pipeline", Body=b"1")
    assert b'"body": "1"' in answer["Body"].read()
    factory.sagemaker.delete_endpoint(EndpointName="live-of-a-pipeline")


def test_what_a_step_has_written_is_cleaned_up(factory: Factory, tabular_image: str) -> None:
    report = processing("Report", tabular_image, "{}")
    folder = get("Steps.Report.ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri")
    source = {"StepName": "Report", "S3Uris": [{"Std:Join": {"On": "/", "Values": [folder, "report.json"]}}]}
    sweep = step("Sweep", "Cleanup", {"Resources": {"S3": [source]}}, DependsOn=["Report"])
    factory.create("sweeps", definition(report, sweep))
    told = factory.run("sweeps")
    execution = told["PipelineExecutionArn"]
    assert factory.steps(execution)["Sweep"]["Metadata"]["Cleanup"]["CleanedSteps"] == ["Report"]
    prefix = f"{execution.rsplit('/', 1)[1]}/Report"
    assert factory.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)["KeyCount"] == 0


def test_autopilot_finds_a_model_that_later_steps_name(factory: Factory) -> None:
    rows = "kind,length\n" + "".join(
        f"{kind},{place + row / 40}\n" for row in range(20) for place, kind in enumerate("ab")
    )
    factory.s3.put_object(Bucket=BUCKET, Key="autopilot/rows.csv", Body=rows)
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/autopilot/"}}
    search = step(
        "Search",
        "AutoML",
        {
            "RoleArn": ROLE,
            "InputDataConfig": [{"DataSource": source, "TargetAttributeName": "kind"}],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/found"},
            "ProblemType": "BinaryClassification",
            "AutoMLJobObjective": {"MetricName": "Accuracy"},
            "AutoMLJobConfig": {"Mode": "ENSEMBLING", "CompletionCriteria": {"MaxCandidates": 2}},
        },
    )
    names = ["BestCandidate.CandidateName", "BestCandidateProperties.ExplainabilityJsonReportPath"]
    said = fail("Said", {"Std:Join": {"On": " ", "Values": [get(f"Steps.Search.{name}") for name in names]}})
    factory.create("autopilot-in-a-pipeline", definition(search, said))
    execution = factory.run("autopilot-in-a-pipeline")["PipelineExecutionArn"]
    steps = factory.steps(execution)
    best, report = steps["Said"]["FailureReason"].split()
    assert report.endswith(f"/explainability/output/{best}/analysis.json"), steps
    assert factory.s3.head_object(Bucket=BUCKET, Key=report.removeprefix(f"s3://{BUCKET}/"))["ContentLength"] > 0
