"""A script and a notebook of a data scientist as a pipeline: both run in one container, with values of a start."""

from pathlib import Path

import aws_cdk as cdk

from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.pipelines import Cache, FloatParameter, NotebookJobStep, Pipeline, TrainingStep
from sagemaker_constructs.storage import AccessLogBucket, EncryptedBucket, EncryptionKey
from sagemaker_constructs.training import Notebook, SourceCode, TrainingDefinition

HERE = Path(__file__).parent

app = cdk.App()
stack = cdk.Stack(app, "TumourReports")

key = EncryptionKey(stack, "Key")
results = EncryptedBucket(stack, "Results", encryption_key=key, access_logs=AccessLogBucket(stack, "AccessLogs"))
image = ModelImage.from_library("notebooks")

training = TrainingDefinition(
    stack,
    "Training",
    image=image,
    output=results,
    encryption_key=key,
    instance_type="ml.m5.large",
    source=SourceCode(HERE / "training", "train.py"),
    metric_definitions={"accuracy": "accuracy=([0-9.]+)"},
)
report = TrainingDefinition(
    stack,
    "Report",
    image=image,
    output=results,
    output_prefix="reports",
    encryption_key=key,
    instance_type="ml.m5.large",
    source=Notebook(HERE / "report.ipynb"),
)

regularization = FloatParameter("Regularization", 1.0)
minimum = FloatParameter("MinimumAccuracy", 0.9)
train = TrainingStep("Train", training, hyperparameters={"regularization": regularization}, cache=Cache())
judge = NotebookJobStep(
    "Report",
    report,
    parameters={"minimum_accuracy": minimum},
    channels={"model": train.properties.ModelArtifacts.S3ModelArtifacts},
)
pipeline = Pipeline(stack, "Pipeline", parameters=[regularization, minimum], steps=[train, judge])
cdk.CfnOutput(stack, "PipelineName", value=pipeline.pipeline_name)
cdk.CfnOutput(stack, "ResultsBucket", value=results.bucket_name)

app.synth()
