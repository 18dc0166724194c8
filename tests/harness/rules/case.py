"""What a case is, and what its requests may refer to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack

from harness.aws_clients import AWS_IMAGE, ROLE

Request = Mapping[str, Any]

VPC = {"Subnets": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]}
TWO = [{"Image": AWS_IMAGE, "ContainerHostname": name} for name in ("first", "second")]
BOUGHT = "arn:aws:sagemaker:us-east-1:865070037744:model-package/churn-0123456789abcdef"


def _hosts(name: str, instance_type: str, *, variant: str = "one", instances: int = 1) -> Request:
    """A configuration without models, whose endpoint is in service at once."""
    given = {"VariantName": variant, "InstanceType": instance_type, "InitialInstanceCount": instances}
    return {"EndpointConfigName": name, "ProductionVariants": [given], "ExecutionRoleArn": ROLE}


_CONFIGURATIONS: tuple[Request, ...] = (
    _hosts("steady", "ml.c7i.large"),
    _hosts("burstable", "ml.t2.medium"),
    _hosts("larger", "ml.c7i.xlarge"),
    _hosts("renamed", "ml.t2.medium", variant="two"),
    _hosts("pair", "ml.c7i.large", instances=2),
    {
        **_hosts("captured", "ml.c7i.large"),
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://captured",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    },
    {
        "EndpointConfigName": "several",
        "ExecutionRoleArn": ROLE,
        "ProductionVariants": [
            {"VariantName": name, "InstanceType": "ml.c7i.large", "InitialInstanceCount": 2}
            for name in ("one", "two")
        ],
    },
)


_MODELS: Mapping[tuple[str, str], Request] = {
    ("Model", name): {"ModelName": name, "ExecutionRoleArn": ROLE, **members}
    for name, members in {
        "plain": {"PrimaryContainer": {"Image": AWS_IMAGE}},
        "isolated": {"PrimaryContainer": {"Image": AWS_IMAGE}, "EnableNetworkIsolation": True},
        "private": {"PrimaryContainer": {"Image": AWS_IMAGE}, "VpcConfig": VPC},
        "many": {"PrimaryContainer": {"Image": AWS_IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/"}},
        "serial": {"Containers": TWO},
        "direct": {"Containers": TWO, "InferenceExecutionConfig": {"Mode": "Direct"}},
        "bought": {"PrimaryContainer": {"ModelPackageName": BOUGHT}, "EnableNetworkIsolation": True},
    }.items()
}

COGNITO = {"UserPool": "us-east-1_0a1b2c3d4", "ClientId": "0a1b2c3d4e5f6g7h8i9j"}
_GROUP = {**COGNITO, "UserGroup": "judges"}

GROUND: Mapping[tuple[str, str], Request] = {
    **_MODELS,
    **{("EndpointConfig", each["EndpointConfigName"]): each for each in _CONFIGURATIONS},
    **{
        ("Endpoint", name): {"EndpointName": name, "EndpointConfigName": name}
        for name in ("steady", "burstable", "captured")
    },
    ("ScalableTarget", "endpoint/steady/variant/one"): {
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "ResourceId": "endpoint/steady/variant/one",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    },
    ("Workforce", "judges"): {"WorkforceName": "judges", "CognitoConfig": COGNITO},
    ("Workteam", "judges"): {
        "WorkteamName": "judges",
        "WorkforceName": "judges",
        "Description": "People who judge",
        "MemberDefinitions": [{"CognitoMemberDefinition": _GROUP}],
    },
}
"""What requests may refer to, by kind and name: the request that makes it, in the order in which they are made."""

OCI_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:oci"
TOLD: Mapping[tuple[str, str], Request] = {
    ("EndpointConfig", "with-models"): {
        "EndpointConfigName": "with-models",
        "ProductionVariants": [{"VariantName": "one", "ModelName": "plain", "InstanceType": "ml.c7i.large"}],
    },
    ("Endpoint", "with-models"): {"EndpointName": "with-models", "EndpointConfigName": "with-models"},
    ("Image", OCI_IMAGE): {"MediaType": "application/vnd.oci.image.manifest.v1+json"},
    ("Function", "minute-of-events"): {"Timeout": 60},
    ("ComputeEnvironment", "fargate"): {"computeResources": {"type": "FARGATE"}},
    ("ComputeEnvironment", "instances"): {"computeResources": {"type": "EC2"}},
    **{
        ("Queue", f"arn:aws:sqs:us-east-1:123456789012:{name}"): {"VisibilityTimeout": hidden, "FifoQueue": fifo}
        for name, hidden, fifo in (
            ("patient-events", 60, False),
            ("hasty-events", 59, False),
            ("ordered-events.fifo", 60, True),
        )
    },
}
"""What only checks are told of, as no request makes it here: tests of their own show these rules at run time."""


@dataclass(frozen=True)
class RuleCase:
    """What breaks a rule, and what just does not.

    ``refused`` and ``taken`` are requests of the rule's operation. ``synth`` builds in a stack what breaks the rule:
    left out where no argument of a construct can. ``elsewhere`` names the test that shows it at run time, where it
    takes more than a request of SageMaker, Application Auto Scaling or Batch.
    """

    refused: Request
    taken: Request
    synth: Callable[[Stack], object] | None = None
    elsewhere: str = ""
