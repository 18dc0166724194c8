"""A model that lies in a bucket already, behind an endpoint that scales."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.serving import InstanceRange, RealTimeEndpoint, Variant
from sagemaker_constructs.storage import EncryptionKey

app = cdk.App()
stack = cdk.Stack(app, "ChurnServing")

artifacts = s3.Bucket.from_bucket_name(stack, "Artifacts", "example-sagemaker-artifacts")
model = Model(
    stack,
    "Churn",
    image=ModelImage.from_library("tabular"),
    artifact=ModelArtifact.from_bucket(artifacts, "churn/model.tar.gz"),
)
endpoint = RealTimeEndpoint(
    stack,
    "ChurnApi",
    variants=[Variant(model, instance_type="ml.c6i.large", instances=InstanceRange(2, 6))],
    encryption_key=EncryptionKey(stack, "Key"),
)
endpoint.scale_on_invocations(per_instance_per_minute=600)
cdk.CfnOutput(stack, "EndpointName", value=endpoint.endpoint_name)

app.synth()
