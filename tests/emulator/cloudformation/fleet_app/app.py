"""A fleet of forty endpoints; the environment says which row is left out, and which one is broken."""

import os

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.fleet import EndpointFleet, FleetRow, FleetTable
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model
from sagemaker_constructs.serving import InstanceRange, RealTimeEndpoint, Variant

KEY = "arn:aws:kms:us-east-1:123456789012:key/0b6dd2b4-4d9c-4ec9-93c1-1d7b0a0f5c5e"
image = ModelImage.from_directory(os.environ["IMAGE_FOLDER"])
broken, without = os.environ.get("BROKEN_ROW"), os.environ.get("WITHOUT")
table = FleetTable.of(
    [{"name": f"shop-{number}", "owner": "risk"} for number in range(40) if f"shop-{number}" != without]
)


def serve(scope: Construct, row: FleetRow) -> None:
    """An endpoint of one instance that says which row it is of."""
    key = kms.Key.from_key_arn(scope, "Key", KEY)
    environment = {"MARK": row.name, **({"BROKEN": "yes"} if row.name == broken else {})}
    model = Model(scope, "Model", image=image, environment=environment)
    variant = Variant(model, "ml.m5.large", instances=InstanceRange(1, 1))
    RealTimeEndpoint(scope, "Endpoint", variants=[variant], encryption_key=key)


app = cdk.App()
stage = cdk.Stage(app, "test", env=cdk.Environment(account="123456789012", region="us-east-1"))
EndpointFleet(stage, "Shops", table=table, stacks=6, build=serve, waves=(0.2, 0.5, 1), shown=["owner"])
app.synth()
