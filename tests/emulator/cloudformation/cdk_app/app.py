"""A stage of two stacks for the tests of the command line; the environment says which version of it."""

import os

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets, aws_sagemaker, aws_sqs, aws_ssm

ROLE = "arn:aws:iam::123456789012:role/execution"


class Ground(cdk.Stack):
    """A queue and a parameter."""

    def __init__(self, scope: cdk.Stage) -> None:
        super().__init__(scope, "ground")
        aws_ssm.StringParameter(self, "Role", parameter_name="/stage/role", string_value=ROLE)
        aws_sqs.Queue(self, "Queue", visibility_timeout=cdk.Duration.seconds(60))


class Serving(cdk.Stack):
    """An endpoint of an image that the command line builds."""

    def __init__(self, scope: cdk.Stage) -> None:
        super().__init__(scope, "serving")
        role = aws_ssm.StringParameter.value_for_string_parameter(self, "/stage/role")
        image = aws_ecr_assets.DockerImageAsset(
            self, "Image", directory=os.environ["IMAGE_FOLDER"], outputs=["type=docker,oci-mediatypes=false"]
        )
        model = aws_sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=role,
            primary_container={"image": image.image_uri, "environment": {"MARK": os.environ["MARK"]}},
        )
        variant = {
            "modelName": model.attr_model_name,
            "variantName": "main",
            "instanceType": os.environ["INSTANCE_TYPE"],
            "initialInstanceCount": 1,
            "initialVariantWeight": 1,
        }
        config = aws_sagemaker.CfnEndpointConfig(self, "Config", production_variants=[variant])
        endpoint = aws_sagemaker.CfnEndpoint(self, "Endpoint", endpoint_config_name=config.attr_endpoint_config_name)
        cdk.CfnOutput(self, "EndpointName", value=endpoint.attr_endpoint_name)


app = cdk.App()
stage = cdk.Stage(app, "test", env=cdk.Environment(account="123456789012", region="us-east-1"))
ground = Ground(stage)
Serving(stage).add_dependency(ground)
app.synth()
