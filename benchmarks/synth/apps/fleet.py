"""A fleet: how many scaled endpoints, over how many stacks."""

import sys

from aws_cdk import App, Environment
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.fleet import EndpointFleet, FleetRow, FleetTable
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model, ModelArtifact
from sagemaker_constructs.serving import InstanceRange, RealTimeEndpoint

KEY = "arn:aws:kms:us-east-1:123456789012:key/0b6dd2b4-4d9c-4ec9-93c1-1d7b0a0f5c5e"
image = ModelImage.from_directory("tests/unit/image")


def serve(scope: Construct, row: FleetRow) -> None:
    """An endpoint of one to four instances."""
    data = s3.Bucket.from_bucket_name(scope, "Data", "example-sagemaker-data")
    key = kms.Key.from_key_arn(scope, "Key", KEY)
    model = Model(scope, "Model", image=image, artifact=ModelArtifact.from_bucket(data, f"{row.name}/model.tar.gz"))
    endpoint = RealTimeEndpoint(
        scope,
        "Endpoint",
        model=model,
        instance_type="ml.c7i.large",
        instances=InstanceRange(1, 4),
        encryption_key=key,
    )
    endpoint.scale_on_invocations(per_instance_per_minute=600)


app = App()
table = FleetTable.of([{"name": f"shop-{number}"} for number in range(int(sys.argv[1]))])
environment = Environment(account="123456789012", region="us-east-1")
EndpointFleet(app, "Shops", table=table, stacks=int(sys.argv[2]), build=serve, env=environment)
app.synth()
