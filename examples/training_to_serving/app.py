"""One stack that trains with an own image, serves what was trained, and records every request."""

import aws_cdk as cdk

from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model
from sagemaker_constructs.serving import DataCapture, InstanceRange, RealTimeEndpoint, Variant
from sagemaker_constructs.storage import AccessLogBucket, EncryptedBucket, EncryptionKey
from sagemaker_constructs.training import TrainingDefinition, TrainingJob

app = cdk.App()
stack = cdk.Stack(app, "Tumours")

key = EncryptionKey(stack, "Key")
logs = AccessLogBucket(stack, "AccessLogs")
artifacts = EncryptedBucket(stack, "Artifacts", encryption_key=key, access_logs=logs)
captured = EncryptedBucket(stack, "Captured", encryption_key=key, access_logs=logs)
image = ModelImage.from_library("tabular")

definition = TrainingDefinition(
    stack,
    "Definition",
    image=image,
    output=artifacts,
    encryption_key=key,
    instance_type="ml.m5.large",
    hyperparameters={"dataset": "breast-cancer", "num_leaves": "15"},
)
training = TrainingJob(stack, "Training", definition=definition)
endpoint = RealTimeEndpoint(
    stack,
    "Endpoint",
    variants=[
        Variant(
            Model(stack, "Model", image=image, artifact=training.artifact),
            instance_type="ml.c7i.large",
            instances=InstanceRange(2),
        )
    ],
    encryption_key=key,
    capture=DataCapture(bucket=captured),
)
cdk.CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

app.synth()
