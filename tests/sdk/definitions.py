"""Workflows, as the SageMaker Python SDK defines them: ``python tests/sdk/definitions.py`` writes them as JSON.

Runs in an environment of its own (``tools/sdk/requirements.txt``), without credentials and without a network.
"""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

os.environ.update(AWS_DEFAULT_REGION="us-east-1", SAGEMAKER_VALIDATE_ROLE="false")
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

import boto3  # noqa: E402
from sagemaker.core.lambda_helper import Lambda  # noqa: E402
from sagemaker.core.network import NetworkConfig  # noqa: E402
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter  # noqa: E402
from sagemaker.core.processing import Processor  # noqa: E402
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output  # noqa: E402
from sagemaker.core.workflow.conditions import (  # noqa: E402
    ConditionEquals,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionNot,
    ConditionOr,
)
from sagemaker.core.workflow.execution_variables import ExecutionVariables  # noqa: E402
from sagemaker.core.workflow.functions import Join, JsonGet  # noqa: E402
from sagemaker.core.workflow.parameters import (  # noqa: E402
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.core.workflow.pipeline_context import PipelineSession  # noqa: E402
from sagemaker.core.workflow.properties import PropertyFile  # noqa: E402
from sagemaker.mlops.workflow import notebook_job_step  # noqa: E402
from sagemaker.mlops.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep  # noqa: E402
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource  # noqa: E402
from sagemaker.mlops.workflow.condition_step import ConditionStep  # noqa: E402
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep  # noqa: E402
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig  # noqa: E402
from sagemaker.mlops.workflow.fail_step import FailStep  # noqa: E402
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachSelector, ForEachStep, IterationOutput  # noqa: E402
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep  # noqa: E402
from sagemaker.mlops.workflow.model_step import ModelStep  # noqa: E402
from sagemaker.mlops.workflow.notebook_job_step import NotebookJobStep  # noqa: E402
from sagemaker.mlops.workflow.pipeline import Pipeline  # noqa: E402
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy  # noqa: E402
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition  # noqa: E402
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TuningStep  # noqa: E402
from sagemaker.serve.model_builder import ModelBuilder  # noqa: E402
from sagemaker.train.configs import Compute, InputData, OutputDataConfig  # noqa: E402
from sagemaker.train.model_trainer import ModelTrainer  # noqa: E402
from sagemaker.train.tuner import HyperparameterTuner  # noqa: E402

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ROLE = "arn:aws:iam::123456789012:role/execution"
NOTEBOOK = str(Path(__file__).parents[2] / "examples" / "notebook_to_production" / "report.ipynb")
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"

# When its pipeline is defined, a notebook step uploads the file, to a place with the time in its name: not here.
notebook_job_step.S3Uploader.upload = lambda *_, **__: None
notebook_job_step.name_from_base = str

session = PipelineSession(boto_session=boto3.Session(region_name="us-east-1"), default_bucket="data")
session._default_bucket = "data"


def _function(name, inputs, outputs=(), **members):
    declared = [LambdaOutput(output_name=each, output_type=LambdaOutputTypeEnum.Float) for each in outputs]
    return LambdaStep(
        name=name, lambda_func=Lambda(function_arn=FUNCTION), inputs=inputs, outputs=declared, **members
    )


def _trainer(count=1, **hyperparameters):
    return ModelTrainer(
        training_image=IMAGE,
        role=ROLE,
        sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.large", instance_count=count, volume_size_in_gb=10),
        output_data_config=OutputDataConfig(s3_output_path="s3://data/training"),
        hyperparameters=hyperparameters,
    )


def _training(name, count, url, *, depth=None, **members):
    trainer = _trainer(count, label="churned", **({"max_depth": depth} if depth else {}))
    return TrainingStep(
        name, step_args=trainer.train(input_data_config=[InputData(channel_name="train", data_source=url)]), **members
    )


def _builder(artifact):
    return ModelBuilder(image_uri=IMAGE, s3_model_data_url=artifact, sagemaker_session=session, role_arn=ROLE)


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
        ProcessingInput(
            input_name=each,
            s3_input=ProcessingS3Input(
                s3_uri=url,
                local_path=f"/opt/ml/processing/input/{each}",
                s3_data_type="S3Prefix",
                s3_input_mode="File",
                s3_data_distribution_type="FullyReplicated",
            ),
        )
        for each, url in inputs.items()
    ]
    written = [
        ProcessingOutput(
            output_name=each,
            s3_output=ProcessingS3Output(
                s3_uri=Join(on="/", values=[f"s3://data/{each}", ExecutionVariables.PIPELINE_EXECUTION_ID, name]),
                local_path=f"/opt/ml/processing/output/{each}",
                s3_upload_mode="EndOfJob",
            ),
        )
        for each in ("train", "report")
    ]
    step_args = processor.run(inputs=read, outputs=written, arguments=arguments)
    return ProcessingStep(name, step_args=step_args, **members)


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
    url = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    train = _training("Train", 1, url)
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
    second = _function("Second", {"auc": first.properties.Outputs["auc"]})
    return [name], [first, second]


def awaited():
    answer = CallbackOutput(output_name="answer", output_type=CallbackOutputTypeEnum.String)
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
    ask = CallbackStep("Ask", sqs_queue_url=url, inputs={"question": "deploy?"}, outputs=[answer])
    stop = FailStep("Stop", error_message=ask.properties.Outputs["answer"])
    return [], [ask, stop]


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


def without_a_cluster():
    driver = {"sparkSubmit": {"entryPoint": "s3://data/a.py"}}
    job = EMRServerlessJobConfig(job_driver=driver, execution_role_arn=ROLE, execution_timeout_minutes=60)
    policy = StepRetryPolicy([StepExceptionTypeEnum.THROTTLING], max_attempts=3, interval_seconds=5)
    step = EMRServerlessStep("Spark", "Spark", "Prepares", job, application_id="00abc", retry_policies=[policy])
    return [], [step]


def repeated():
    body = _function("Try", {"rate": CurrentItem().rate}, ["auc"])
    field = IterationOutput(body).OutputParameters["auc"]
    loop = ForEachStep(
        "Search",
        iterable_items=['{"rate": 0.1}', '{"rate": 0.2}'],
        max_concurrency=2,
        for_each_body=[body],
        selector=ForEachSelector("MaxBy", field),
    )
    return [], [loop, _function("Tell", {"status": loop.properties.Status})]


def cleaned():
    train = _training("Train", 1, "s3://data/rows")
    clean = CleanupStep(
        "Clean", s3_sources=[S3CleanupSource(train)], depends_on=[StepDependency(train, TriggerCondition.ANY)]
    )
    after = _function("After", {"state": "done"}, depends_on=[train])
    return [], [train, clean, after]


def registered():
    """The published example ``v3-pipeline-train-create-registry``, with a container of its own and no local code."""
    depth, approval = (
        ParameterString("MaxDepth", "5"),
        ParameterString("ModelApprovalStatus", "PendingManualApproval"),
    )
    cache = CacheConfig(enable_caching=True, expire_after="P30D")
    prepare = _processing("Preprocess", {"rows": "s3://data/raw"}, ["preprocess"], cache_config=cache)
    url = prepare.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
    train = _training("Train", 1, url, depth=depth, cache_config=cache)
    builder = _builder(train.properties.ModelArtifacts.S3ModelArtifacts)
    create = ModelStep(name="CreateModel", step_args=builder.build())
    package = builder.register(
        model_package_group_name="churn",
        content_types=["application/json"],
        response_types=["application/json"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        approval_status=approval,
    )
    return [depth, approval], [prepare, train, create, ModelStep(name="RegisterModel", step_args=package)]


def tuned():
    """The published example ``v3-hyperparameter-tuning-pipeline``, without local code."""
    tuner = HyperparameterTuner(
        model_trainer=_trainer(epochs=1),
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
    search = TuningStep(
        name="Search",
        step_args=tuner.tune(inputs=[InputData(channel_name="training", data_source="s3://data/rows")], wait=False),
    )
    best = search.get_top_model_s3_uri(top_k=0, s3_bucket="data", prefix="training")
    return [], [search, ModelStep(name="CreateBestModel", step_args=_builder(best).build())]


def with_an_application():
    """The published example ``v3-emr-serverless-step-example``, which makes an application for its job."""
    script = ParameterString("SparkScriptUri", "s3://data/scripts/spark_job.py")
    job = EMRServerlessJobConfig(
        job_driver={"sparkSubmit": {"entryPoint": script, "entryPointArguments": ["--input", "s3://data/rows"]}},
        execution_role_arn=ROLE,
        configuration_overrides={
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://data/logs/"}}
        },
    )
    application = {
        "name": "spark-of-a-pipeline",
        "releaseLabel": "emr-6.15.0",
        "type": "SPARK",
        "autoStartConfiguration": {"enabled": True},
        "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
    }
    step = EMRServerlessStep("Spark", "Spark", "Prepares", job, application_config=application)
    return [script], [step]


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
    for each in (
        trained,
        processed,
        decided,
        called,
        awaited,
        combined,
        on_a_cluster,
        without_a_cluster,
        repeated,
        cleaned,
        registered,
        tuned,
        with_an_application,
        explored,
    )
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
