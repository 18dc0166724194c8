"""Pipelines of the SageMaker Python SDK and ours: equal for equal workflows, and judged by the same rules."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.policies import allowed, statements
from harness.workflow import KEPT_OF_VERSION_2, Workflow, sdk_definitions
from sagemaker_constructs import pipelines as p
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.training import (
    CategoricalRange,
    ContinuousRange,
    Notebook,
    Objective,
    SearchStrategy,
    TrainingDefinition,
    TunedAlgorithm,
    TuningDefinition,
)

Made = tuple[list[p.Step], list[Any]]


@dataclass
class SdkObject:
    """What the SDK's pipeline is to us: a name, and a definition that it wrote itself."""

    name: str
    text: str

    def definition(self) -> str:
        return self.text


@pytest.fixture
def workflow(stack: cdk.Stack) -> Workflow:
    return Workflow.of(stack)


def _trained(workflow: Workflow) -> Made:
    count = p.IntegerParameter("Count", 1)
    changes = {"ResourceConfig": {"InstanceCount": count}}
    return [_training(workflow, "Train", "s3://data/rows", changes=changes, cache=p.Cache())], [count]


def _training(workflow: Workflow, name: str, url: str | p.Expression, **given: Any) -> p.TrainingStep:
    return p.TrainingStep(
        name, workflow.training, channels={"train": url}, hyperparameters={"label": "churned"}, **given
    )


_FILE = p.PropertyFile("report", "report", "report.json")


def _processed(workflow: Workflow) -> Made:
    arguments = ["--label", "churned"]
    return [
        p.ProcessingStep("Process", workflow.preprocessing, arguments=arguments, property_files=(_FILE,)),
    ], []


def _decided(workflow: Workflow) -> Made:
    limit = p.FloatParameter("Limit", 0.9)
    prepare = p.ProcessingStep("Prepare", workflow.preprocessing, arguments=["prepare"])
    train = _training(workflow, "Train", prepare.output("train"))
    evaluate = p.ProcessingStep(
        "Evaluate",
        workflow.evaluation,
        inputs={"model": train.properties.ModelArtifacts.S3ModelArtifacts},
        arguments=["evaluate"],
        property_files=(_FILE,),
    )
    auc = evaluate.property_file("report").at("metrics.auc.value")
    weak = p.FailStep("TooWeak", message=p.join("AUC below ", limit))
    return [prepare, train, evaluate, p.ConditionStep("Good", [auc >= limit], otherwise=[weak])], [limit]


def _called(workflow: Workflow) -> Made:
    name = p.StringParameter("Name", "a", allowed=("a", "b"))
    inputs: Mapping[str, Any] = {"name": name, "run": p.Execution.ID}
    first = p.LambdaStep("First", workflow.function, inputs=inputs, outputs={"auc": "Float"})
    return [first, p.LambdaStep("Second", workflow.function, inputs={"auc": first.output("auc")})], [name]


def _awaited(workflow: Workflow) -> Made:
    arn, url = "arn:aws:sqs:us-east-1:123456789012:q", "https://sqs.us-east-1.amazonaws.com/123456789012/q"
    queue = sqs.Queue.from_queue_attributes(workflow.stack, "Asked", queue_arn=arn, queue_url=url)
    ask = p.CallbackStep("Ask", queue, inputs={"question": "deploy?"}, outputs={"answer": "String"})
    return [ask, p.FailStep("Stop", message=ask.output("answer"))], []


def _combined(workflow: Workflow) -> Made:
    force, mode = p.BooleanParameter("Force", False), p.StringParameter("Mode", "full")
    rows = p.IntegerParameter("Rows", 10)
    conditions = ((force == True) | mode.is_in(["full", "fast"])) & ~(rows == 0)  # noqa: E712 - an operator of ours
    go = p.LambdaStep("Go", workflow.function, inputs={"rows": rows})
    stop = p.FailStep("Stop", message="no")
    return [p.ConditionStep("Decide", [conditions], then=[go], otherwise=[stop])], [force, mode, rows]


_WORDS: Any = {"display_name": "Spark", "description": "Prepares"}


def _on_a_cluster(_: Workflow) -> Made:
    jar = {"Jar": "command-runner.jar", "Args": ["spark-submit", "s3://data/a.py"]}
    return [p.EMRStep("Spark", jar, cluster_id="j-1", **_WORDS)], []


def _without_a_cluster(_: Workflow) -> Made:
    job = {"jobDriver": {"sparkSubmit": {"entryPoint": "s3://data/a.py"}}, "executionTimeoutMinutes": 60}
    retries = [p.RetryPolicy(["Step.THROTTLING"], attempts=3, interval_seconds=5)]
    return [p.EMRServerlessStep("Spark", job, role_arn=ROLE, application_id="00abc", retries=retries, **_WORDS)], []


def _repeated(workflow: Workflow) -> Made:
    body = p.LambdaStep("Try", workflow.function, inputs={"rate": p.LoopItem().rate}, outputs={"auc": "Float"})
    best = p.BestIteration("MaxBy", body, "OutputParameters['auc']")
    loop = p.ForEachStep("Search", ['{"rate": 0.1}', '{"rate": 0.2}'], [body], concurrency=2, best=best)
    return [loop, p.LambdaStep("Tell", workflow.function, inputs={"status": loop.properties.Status})], []


def _cleaned(workflow: Workflow) -> Made:
    train = _training(workflow, "Train", "s3://data/rows")
    clean = p.CleanupStep("Clean", [p.CleanedOutput(train)], depends_on=[p.Dependency(train, "Any")])
    return [train, clean, p.LambdaStep("After", workflow.function, inputs={"state": "done"}, depends_on=[train])], []


def _registered(workflow: Workflow) -> Made:
    depth, approval = (
        p.StringParameter("MaxDepth", "5"),
        p.StringParameter("ModelApprovalStatus", "PendingManualApproval"),
    )
    prepare = p.ProcessingStep("Preprocess", workflow.preprocessing, arguments=["preprocess"], cache=p.Cache())
    train = p.TrainingStep(
        "Train",
        workflow.training,
        channels={"train": prepare.output("train")},
        hyperparameters={"label": "churned", "max_depth": depth},
        cache=p.Cache(),
    )
    artifact = train.properties.ModelArtifacts.S3ModelArtifacts
    types = ["application/json"]
    instances = {
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
        "SupportedTransformInstanceTypes": ["ml.m5.xlarge"],
    }
    register = p.RegisterModelStep(
        "RegisterModel",
        "churn",
        workflow.model,
        artifact=artifact,
        content_types=types,
        response_types=types,
        approval=approval,
        changes={"InferenceSpecification": instances},
    )
    return [prepare, train, p.ModelStep("CreateModel", workflow.model, artifact=artifact), register], [
        depth,
        approval,
    ]


def _tuned(workflow: Workflow) -> Made:
    ranges = {"lr": ContinuousRange(0.001, 0.1), "batch-size": CategoricalRange(["32", "64", "128"])}
    definition = TuningDefinition(
        workflow.stack,
        "Search",
        algorithms=TunedAlgorithm(workflow.training, Objective.maximize("auc"), ranges),
        strategy=SearchStrategy.random(),
        maximum_jobs=3,
        parallel_jobs=2,
        early_stopping=True,
    )
    search = p.TuningStep(
        "Search", definition, channels={"training": "s3://data/rows"}, hyperparameters={"epochs": 1}
    )
    return [search, p.ModelStep("CreateBestModel", workflow.model, artifact=search.best_model())], []


def _with_an_application(_: Workflow) -> Made:
    script = p.StringParameter("SparkScriptUri", "s3://data/scripts/spark_job.py")
    job = {
        "jobDriver": {"sparkSubmit": {"entryPoint": script, "entryPointArguments": ["--input", "s3://data/rows"]}},
        "configurationOverrides": {
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://data/logs/"}}
        },
    }
    application = {
        "name": "spark-of-a-pipeline",
        "releaseLabel": "emr-6.15.0",
        "type": "SPARK",
        "autoStartConfiguration": {"enabled": True},
        "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
    }
    return [p.EMRServerlessStep("Spark", job, role_arn=ROLE, application=application, **_WORDS)], [script]


def _explored(workflow: Workflow) -> Made:
    rounds = p.StringParameter("Rounds", "10")
    notebook = TrainingDefinition(
        workflow.stack,
        "Explored",
        image=ModelImage.from_uri(AWS_IMAGE),
        output=workflow.bucket,
        output_prefix="explored",
        instance_type="ml.m5.large",
        source=Notebook("examples/notebook_to_production/report.ipynb", name="explore-job"),
    )
    explore = p.NotebookJobStep("Explore", notebook, parameters={"rounds": rounds})
    return [explore, _training(workflow, "Train", "s3://data/rows", depends_on=[explore])], [rounds]


OURS: Mapping[str, Callable[[Workflow], Made]] = {
    "trained": _trained,
    "processed": _processed,
    "decided": _decided,
    "called": _called,
    "awaited": _awaited,
    "combined": _combined,
    "on_a_cluster": _on_a_cluster,
    "without_a_cluster": _without_a_cluster,
    "repeated": _repeated,
    "cleaned": _cleaned,
    "registered": _registered,
    "tuned": _tuned,
    "with_an_application": _with_an_application,
    "explored": _explored,
}

OF_VERSION_2 = sdk_definitions(KEPT_OF_VERSION_2)

OUR_DEFAULTS = (
    *("EnableInterContainerTrafficEncryption", "EnableNetworkIsolation", "ProfilerConfig", "NetworkConfig"),
    *("KmsKeyId", "VolumeKmsKeyId", "MetricDefinitions", "StoppingCondition", "RoleArn", "ContentType"),
    *("ExecutionRoleArn", "MaxRuntimeInSeconds"),
)
THEIR_DEFAULTS = (
    *("CompressionType", "S3CompressionType", "MlflowConfig", "PipelineExperimentConfig", "Metadata"),
    *("SkipModelValidation", "ScalingType", "AppManaged", "DebugHookConfig", "TrainingJobName", "RetryStrategy"),
    "SM_INPUT_NOTEBOOK_NAME",
)
"""What either side adds by itself: encryption, isolation, roles and limits of ours; what is empty of theirs.

A notebook is an object that is named by its hash here, and a file in a folder of that moment there; their step of it
names the job and starts it once more, too.
"""


def _plain(value: Any) -> Any:
    """``value`` without what is empty and without defaults, in which lists of named entries have no order."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        left_out = (*OUR_DEFAULTS, *THEIR_DEFAULTS)
        kept = {name: _plain(item) for name, item in members.items() if name not in left_out}
        if "Std:Join" in kept:
            kept["Std:Join"]["Values"] = _joined(members["Std:Join"]["On"], kept["Std:Join"]["Values"])
        if kept.get("ChannelName") == Notebook.channel:
            del kept["DataSource"]
        if "HyperParameterTuningResourceConfig" in kept:
            kept["ResourceConfig"] = kept.pop("HyperParameterTuningResourceConfig")
        # What a channel is read as where it does not say so.
        if kept.get("InputMode") == "File":
            del kept["InputMode"]
        return {name: item for name, item in kept.items() if item not in (None, [], {}, "")}
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value


def _joined(on: str, values: list[Any]) -> list[Any]:
    """Texts that stand beside each other as one."""
    found: list[Any] = []
    for value in values:
        if found and isinstance(value, str) and isinstance(found[-1], str):
            found[-1] += on + value
        else:
            found.append(value)
    return found


def _ours(name: str, workflow: Workflow) -> Any:
    steps, parameters = OURS[name](workflow)
    p.Pipeline(workflow.stack, "Ours", steps=steps, parameters=parameters)
    [resource] = Template.from_stack(workflow.stack).find_resources("AWS::SageMaker::Pipeline").values()
    body: Any = resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    return json.loads(body if isinstance(body, str) else body["Fn::Sub"][0])


@pytest.mark.parametrize("name", OURS)
def test_equal_workflows_have_equal_definitions(name: str, workflow: Workflow) -> None:
    assert _plain(_ours(name, workflow)) == _plain(sdk_definitions()[name])


@pytest.mark.parametrize("name", OF_VERSION_2)
def test_version_2_of_the_sdk_defines_the_same(name: str, workflow: Workflow) -> None:
    theirs = cast("dict[str, Any]", _plain(OF_VERSION_2[name]))
    for step in theirs["Steps"]:
        # A step of a model is two there at times, whose names say which they are.
        step["Name"] = step["Name"].removesuffix("-CreateModel").removesuffix("-RegisterModel")
    assert _plain(_ours(name, workflow)) == theirs


def test_every_workflow_of_the_sdk_is_compared() -> None:
    assert OURS.keys() == sdk_definitions().keys()


@pytest.mark.parametrize(
    ("name", "definition"),
    [*sdk_definitions().items(), *OF_VERSION_2.items()],
    ids=[*OURS, *(f"{name}-2" for name in OF_VERSION_2)],
)
def test_a_pipeline_of_the_sdk_is_taken_as_it_is(name: str, definition: Mapping[str, Any], stack: cdk.Stack) -> None:
    text = json.dumps(definition)
    p.Pipeline.from_sdk(stack, "Theirs", pipeline=SdkObject(f"{name}-x".replace("_", "-"), text))
    [resource] = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
    assert json.loads(resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]) == json.loads(text)
    assert resource["Properties"]["PipelineName"] == f"{name}-x".replace("_", "-")


def test_the_role_of_a_pipeline_of_the_sdk_may_do_what_its_definition_shows(stack: cdk.Stack) -> None:
    text = json.dumps(sdk_definitions()["decided"])
    p.Pipeline.from_sdk(stack, "Theirs", pipeline=SdkObject("theirs", text))
    found = statements(stack, "Theirs")
    assert allowed(found, "iam:PassRole") == [ROLE]
    assert allowed(found, "sagemaker:CreateTrainingJob")
    assert "s3:::data/report/*" in json.dumps(allowed(found, "s3:GetObject"))


def test_a_pipeline_of_the_sdk_is_judged_like_any_other(stack: cdk.Stack) -> None:
    document = json.loads(json.dumps(sdk_definitions()["trained"]))
    document["Steps"][0]["Arguments"]["HyperParameters"]["rounds"] = {"Get": "Parameters.Count"}
    with pytest.raises(InvalidInput, match=r"Train\.Arguments\.HyperParameters\.rounds .*Parameters\.Count"):
        p.Pipeline.from_sdk(stack, "Theirs", pipeline=SdkObject("theirs", json.dumps(document)))
