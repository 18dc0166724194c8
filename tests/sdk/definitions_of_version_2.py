"""The same workflows, as `sagemaker` 2.257 defines them: ``make sdk-definitions`` writes them as JSON.

Runs in an environment of its own (``tools/sdk/requirements-2.txt``), without credentials and without a network.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

os.environ.update(AWS_DEFAULT_REGION="us-east-1")
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import boto3  # noqa: E402
from sagemaker.estimator import Estimator  # noqa: E402
from sagemaker.inputs import TrainingInput  # noqa: E402
from sagemaker.lambda_helper import Lambda  # noqa: E402
from sagemaker.model import Model  # noqa: E402
from sagemaker.network import NetworkConfig  # noqa: E402
from sagemaker.parameter import CategoricalParameter, ContinuousParameter  # noqa: E402
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor  # noqa: E402
from sagemaker.tuner import HyperparameterTuner  # noqa: E402
from sagemaker.workflow import notebook_job_step  # noqa: E402
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep  # noqa: E402
from sagemaker.workflow.condition_step import ConditionStep  # noqa: E402
from sagemaker.workflow.conditions import (  # noqa: E402
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig  # noqa: E402
from sagemaker.workflow.execution_variables import ExecutionVariables  # noqa: E402
from sagemaker.workflow.fail_step import FailStep  # noqa: E402
from sagemaker.workflow.functions import Join, JsonGet  # noqa: E402
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep  # noqa: E402
from sagemaker.workflow.model_step import ModelStep  # noqa: E402
from sagemaker.workflow.notebook_job_step import NotebookJobStep  # noqa: E402
from sagemaker.workflow.parameters import (  # noqa: E402
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.workflow.pipeline import Pipeline  # noqa: E402
from sagemaker.workflow.pipeline_context import PipelineSession  # noqa: E402
from sagemaker.workflow.properties import PropertyFile  # noqa: E402
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TuningStep  # noqa: E402

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROLE = "arn:aws:iam::123456789012:role/execution"
NOTEBOOK = str(Path(__file__).parents[2] / "examples" / "notebook_to_production" / "report.ipynb")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"

# When its pipeline is defined, a notebook step uploads the file, to a place with the time in its name: not here.
notebook_job_step.S3Uploader.upload = lambda *_, **__: None
notebook_job_step.name_from_base = str

session = PipelineSession(boto_session=boto3.Session(region_name="us-east-1"), default_bucket="data")
session._default_bucket = "data"


def _function(name, inputs, outputs=()):
    declared = [LambdaOutput(output_name=each, output_type=LambdaOutputTypeEnum.Float) for each in outputs]
    return LambdaStep(name=name, lambda_func=Lambda(function_arn=FUNCTION), inputs=inputs, outputs=declared)


def _estimator(count=1, **hyperparameters):
    return Estimator(
        image_uri=IMAGE,
        role=ROLE,
        instance_count=count,
        instance_type="ml.m5.large",
        volume_size=10,
        output_path="s3://data/training",
        hyperparameters=hyperparameters,
        sagemaker_session=session,
    )


def _training(name, count, url, *, depth=None, **members):
    estimator = _estimator(count, label="churned", **({"max_depth": depth} if depth else {}))
    return TrainingStep(name, step_args=estimator.fit({"train": TrainingInput(url)}), **members)


def _processing(name, inputs, arguments, **members):
    processor = Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=1,
        instance_type="ml.m5.large",
        volume_size_in_gb=10,
        sagemaker_session=session,
        network_config=NetworkConfig(enable_network_isolation=True),
    )
    read = [
        ProcessingInput(source=url, destination=f"/opt/ml/processing/input/{each}", input_name=each)
        for each, url in inputs.items()
    ]
    written = [
        ProcessingOutput(
            output_name=each,
            source=f"/opt/ml/processing/output/{each}",
            destination=Join(on="/", values=[f"s3://data/{each}", ExecutionVariables.PIPELINE_EXECUTION_ID, name]),
        )
        for each in ("train", "report")
    ]
    return ProcessingStep(name, step_args=processor.run(inputs=read, outputs=written, arguments=arguments), **members)


def trained():
    count = ParameterInteger("Count", 1)
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    return [count], [_training("Train", count, "s3://data/rows", cache_config=cache)]


def processed():
    file = PropertyFile(name="report", output_name="report", path="report.json")
    return [], [_processing("Process", {"rows": "s3://data/raw"}, ["--label", "churned"], property_files=[file])]


def decided():
    limit = ParameterFloat("Limit", 0.9)
    file = PropertyFile(name="report", output_name="report", path="report.json")
    prepare = _processing("Prepare", {"rows": "s3://data/raw"}, ["prepare"])
    train = _training("Train", 1, prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri)
    model = train.properties.ModelArtifacts.S3ModelArtifacts
    evaluate = _processing("Evaluate", {"model": model}, ["evaluate"], property_files=[file])
    auc = JsonGet(step_name="Evaluate", property_file=file, json_path="metrics.auc.value")
    weak = FailStep("TooWeak", error_message=Join(on="", values=["AUC below ", limit]))
    good = ConditionStep(
        "Good", conditions=[ConditionGreaterThanOrEqualTo(auc, limit)], if_steps=[], else_steps=[weak]
    )
    return [limit], [prepare, train, evaluate, good]


def called():
    name = ParameterString("Name", "a", enum_values=["a", "b"])
    first = _function("First", {"name": name, "run": ExecutionVariables.PIPELINE_EXECUTION_ID}, ["auc"])
    return [name], [first, _function("Second", {"auc": first.properties.Outputs["auc"]})]


def awaited():
    answer = CallbackOutput(output_name="answer", output_type=CallbackOutputTypeEnum.String)
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
    ask = CallbackStep("Ask", sqs_queue_url=url, inputs={"question": "deploy?"}, outputs=[answer])
    return [], [ask, FailStep("Stop", error_message=ask.properties.Outputs["answer"])]


def combined():
    force, mode = ParameterBoolean(name="Force", default_value=False), ParameterString("Mode", "full")
    rows = ParameterInteger("Rows", 10)
    conditions = [
        ConditionOr(conditions=[ConditionEquals(force, True), ConditionIn(mode, ["full", "fast"])]),
        ConditionNot(ConditionEquals(rows, 0)),
    ]
    then, otherwise = _function("Go", {"rows": rows}), FailStep("Stop", error_message="no")
    return [force, mode, rows], [
        ConditionStep("Decide", conditions=conditions, if_steps=[then], else_steps=[otherwise])
    ]


def on_a_cluster():
    config = EMRStepConfig(jar="command-runner.jar", args=["spark-submit", "s3://data/a.py"])
    return [], [EMRStep("Spark", "Spark", "Prepares", "j-1", config)]


def registered():
    depth, approval = (
        ParameterString("MaxDepth", "5"),
        ParameterString("ModelApprovalStatus", "PendingManualApproval"),
    )
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    prepare = _processing("Preprocess", {"rows": "s3://data/raw"}, ["preprocess"], cache_config=cache)
    url = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    train = _training("Train", 1, url, depth=depth, cache_config=cache)
    model = Model(
        image_uri=IMAGE,
        model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
        role=ROLE,
        sagemaker_session=session,
    )
    create = ModelStep(name="CreateModel", step_args=model.create())
    package = model.register(
        model_package_group_name="churn",
        content_types=["application/json"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        approval_status=approval,
    )
    return [depth, approval], [prepare, train, create, ModelStep(name="RegisterModel", step_args=package)]


def tuned():
    tuner = HyperparameterTuner(
        estimator=_estimator(epochs=1),
        objective_metric_name="auc",
        metric_definitions=[{"Name": "auc", "Regex": "auc=(.*)"}],
        hyperparameter_ranges={
            "lr": ContinuousParameter(0.001, 0.1),
            "batch-size": CategoricalParameter([32, 64, 128]),
        },
        max_jobs=3,
        max_parallel_jobs=2,
        strategy="Random",
        objective_type="Maximize",
        early_stopping_type="Auto",
    )
    search = TuningStep(name="Search", step_args=tuner.fit({"training": TrainingInput("s3://data/rows")}))
    best = search.get_top_model_s3_uri(top_k=0, s3_bucket="data", prefix="training")
    model = Model(image_uri=IMAGE, model_data=best, role=ROLE, sagemaker_session=session)
    return [], [search, ModelStep(name="CreateBestModel", step_args=model.create())]


def explored():
    rounds = ParameterString("Rounds", "10")
    step = NotebookJobStep(
        name="Explore",
        input_notebook=NOTEBOOK,
        notebook_job_name="explore-job",
        image_uri=IMAGE,
        kernel_name="python3",
        role=ROLE,
        s3_root_uri="s3://data",
        parameters={"rounds": rounds},
        instance_type="ml.m5.large",
        volume_size=10,
    )
    after = _training("Train", 1, "s3://data/rows")
    after.add_depends_on([step])
    return [rounds], [step, after]


WORKFLOWS: Mapping[str, Callable] = {
    each.__name__: each
    for each in (trained, processed, decided, called, awaited, combined, on_a_cluster, registered, tuned, explored)
}


def definition(name: str) -> Mapping:
    """The definition of one workflow, the same each time that it is asked for."""
    parameters, steps = WORKFLOWS[name]()
    pipeline = Pipeline(name=name, parameters=parameters, steps=steps, sagemaker_session=session)
    first, second = pipeline.definition(), pipeline.definition()
    assert first == second
    return json.loads(first)


if __name__ == "__main__":
    json.dump({name: definition(name) for name in WORKFLOWS}, sys.stdout, indent=1)
