"""Definitions of this library that steps of pipelines run, one step of each type, and workflows of the SDK."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.documents import PROJECT
from sagemaker_constructs import pipelines as p
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.tuning.numeric_range import IntegerRange
from sagemaker_constructs.training.tuning.objective import Objective
from sagemaker_constructs.training.tuning.tuned_algorithm import TunedAlgorithm
from sagemaker_constructs.training.tuning.tuning_definition import TuningDefinition

_TYPE = "ml.m5.large"
_AUTOML = {
    "RoleArn": ROLE,
    "InputDataConfig": [
        {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows"}},
            "TargetAttributeName": "label",
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "AutoMLJobConfig": {"Mode": "ENSEMBLING"},
}
_VARIANT = {"VariantName": "one", "ModelName": "model", "InstanceType": _TYPE, "InitialInstanceCount": 1}
_COMPONENT = {
    "InferenceComponentName": "component",
    "EndpointName": "endpoint",
    "VariantName": "one",
    "Specification": {"ModelName": "model", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
    "RuntimeConfig": {"CopyCount": 1},
}
_JOB = {"RoleArn": ROLE, "JobCategory": "AgentRFT", "JobConfigSchemaVersion": "1.0.0", "JobConfigDocument": "{}"}
_ACTION = {"ActionName": "trained", "ActionType": "Train", "Source": {"SourceUri": "s3://bucket/x"}}
_JAR = {"Jar": "command-runner.jar", "Args": ["spark-submit"]}


@dataclass(frozen=True)
class Workflow:
    """What the steps of one stack run."""

    stack: Stack
    bucket: s3.IBucket
    preprocessing: ProcessingDefinition
    evaluation: ProcessingDefinition
    training: TrainingDefinition
    tuning: TuningDefinition
    model: Model
    transform: BatchTransform
    function: lambda_.IFunction
    queue: sqs.IQueue

    @staticmethod
    def of(stack: Stack) -> "Workflow":
        """Definitions with fixed names, image and role, so that their requests hold no more tokens than needed."""
        bucket = s3.Bucket.from_bucket_name(stack, "Data", "data")
        key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/0")
        image = ModelImage.from_uri(AWS_IMAGE)
        common: dict[str, Any] = {"image": image, "instance_type": _TYPE, "encryption_key": key}
        training = TrainingDefinition(
            stack, "Training", output=bucket, metric_definitions={"auc": "auc=(.*)"}, **common
        )
        model = Model(stack, "Model", image=image)
        return Workflow(
            stack,
            bucket,
            ProcessingDefinition(
                stack,
                "Preprocessing",
                inputs={"rows": ProcessingInput(bucket, "raw")},
                outputs={"train": ProcessingOutput(bucket, "train"), "report": ProcessingOutput(bucket, "report")},
                **common,
            ),
            ProcessingDefinition(
                stack,
                "Evaluation",
                outputs={"train": ProcessingOutput(bucket, "train"), "report": ProcessingOutput(bucket, "report")},
                **common,
            ),
            training,
            TuningDefinition(
                stack,
                "Tuning",
                algorithms=TunedAlgorithm(training, Objective.maximize("auc"), {"leaves": IntegerRange(2, 8)}),
            ),
            model,
            BatchTransform(
                stack,
                "Transform",
                model=model,
                input=TransformInput(bucket, "rows"),
                output=TransformOutput(bucket, "scores"),
                instance_type=_TYPE,
                encryption_key=key,
            ),
            lambda_.Function.from_function_arn(stack, "Function", "arn:aws:lambda:us-east-1:123456789012:function:f"),
            sqs.Queue.from_queue_arn(stack, "Queue", "arn:aws:sqs:us-east-1:123456789012:q"),
        )

    def steps(self) -> dict[str, p.Step]:
        """One step of each type, by its type; a type is the name of its step, too."""
        processing = p.ProcessingStep(
            "Processing", self.preprocessing, property_files=(p.PropertyFile("report", "report", "report.json"),)
        )
        training = p.TrainingStep("Training", self.training, channels={"train": processing.output("train")})
        auc = processing.property_file("report").at("auc")
        steps: tuple[p.Step, ...] = (
            processing,
            training,
            p.TransformStep("Transform", self.transform),
            p.TuningStep("Tuning", self.tuning),
            p.ModelStep("Model", self.model, artifact=training.properties.ModelArtifacts.S3ModelArtifacts),
            p.RegisterModelStep("RegisterModel", "group", self.model, artifact="s3://data/model.tar.gz"),
            p.AutoMLStep("AutoML", _AUTOML),
            p.QualityCheckStep("QualityCheck", self.preprocessing, "DATA_QUALITY"),
            p.ClarifyCheckStep("ClarifyCheck", self.preprocessing, "MODEL_BIAS", model="model"),
            p.EndpointConfigStep(
                "EndpointConfig", {"EndpointConfigName": "config", "ProductionVariants": [_VARIANT]}
            ),
            p.EndpointStep("Endpoint", {"EndpointName": "endpoint", "EndpointConfigName": "config"}),
            p.InferenceComponentStep("InferenceComponent", _COMPONENT),
            p.JobStep("Job", _JOB),
            p.EMRStep("EMR", _JAR, cluster_id="j-1"),
            p.EMRServerlessStep(
                "EMRServerless",
                {"jobDriver": {"sparkSubmit": {"entryPoint": "s3://bucket/a.py"}}},
                role_arn=ROLE,
                application_id="00abc",
            ),
            p.LineageStep("Lineage", actions=[_ACTION]),
            p.LambdaStep("Lambda", self.function, inputs={"rows": 3}, outputs={"rows": "Integer"}),
            p.CallbackStep("Callback", self.queue, inputs={"ask": "whom"}, outputs={"answer": "String"}),
            p.ConditionStep("Condition", [auc >= 0.9], otherwise=[p.FailStep("Fail", message="too weak")]),
            p.ForEachStep("ForEach", ["a", "b"], [p.TrainingStep("Each", self.training)]),
            p.CleanupStep("Cleanup", [p.CleanedOutput(training)]),
        )
        return {step.type: step for step in steps}


KEPT = PROJECT / "tests" / "sdk" / "definitions.json"
"""Workflows as the SageMaker Python SDK defines them: what ``tests/sdk/definitions.py`` writes."""


KEPT_OF_VERSION_2 = KEPT.with_name("definitions_of_version_2.json")
"""The same of ``sagemaker`` 2.257: ``make sdk-definitions`` writes both."""


@cache
def sdk_definitions(kept: Path = KEPT) -> Mapping[str, Mapping[str, Any]]:
    """The definitions by the name of their workflow."""
    return json.loads(kept.read_text(encoding="utf-8"))
