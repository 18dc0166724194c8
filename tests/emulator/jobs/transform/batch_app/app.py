"""Train, then score rows in bulk: at deployment, by the clock and on new data."""

import os
from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_job import TransformJob
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_processing import TransformProcessing
from sagemaker_constructs.storage.access_log_bucket import AccessLogBucket
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_job import TrainingJob

IMAGE = ModelImage.from_directory(Path(__file__).resolve().parents[5] / "containers" / "tabular")
ENVIRONMENT = cdk.Environment(account="123456789012", region="us-east-1")

app = cdk.App()
training = cdk.Stack(app, "batch-training", env=ENVIRONMENT)
key = EncryptionKey(training, "Key")
logs = AccessLogBucket(training, "Logs")
bucket = cast(s3.IBucket, EncryptedBucket(training, "Data", encryption_key=key, access_logs=logs))
definition = TrainingDefinition(
    training,
    "Definition",
    image=IMAGE,
    output=bucket,
    encryption_key=key,
    instance_type="ml.m5.large",
    hyperparameters={"dataset": "breast-cancer"},
)
job = TrainingJob(training, "Training", definition=definition)
cdk.CfnOutput(training, "Bucket", value=bucket.bucket_name)
cdk.CfnOutput(training, "Artifact", value=job.artifact_url)

scoring = cdk.Stack(app, "batch-scoring", env=ENVIRONMENT)
transform = BatchTransform(
    scoring,
    "Scoring",
    model=Model(scoring, "Churn", image=IMAGE, artifact=job.artifact),
    input=TransformInput(bucket, "rows"),
    output=TransformOutput(bucket, "scored"),
    processing=TransformProcessing(input_filter="$[2:]", output_filter=os.environ["OUTPUT_FILTER"], join_input=True),
    encryption_key=key,
    instance_type="ml.m5.large",
)
transform.schedule("Nightly", "cron(0 3 * * ? *)")
transform.on_new_data("Arrivals")
done = TransformJob(scoring, "ScoreNow", definition=transform)
cdk.CfnOutput(scoring, "JobName", value=done.job_name)
cdk.CfnOutput(scoring, "Url", value=done.output_url)
app.synth()
