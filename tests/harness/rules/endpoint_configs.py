"""Endpoint configurations that break a rule."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from harness.aws_clients import ROLE
from harness.rules.case import BOUGHT, Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.models.multi_model import MultiModel
from sagemaker_constructs.network.imported_network import ImportedNetwork
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.scaling.provisioned_concurrency import ProvisionedConcurrency
from sagemaker_constructs.serving.variants.variant import Variant

_IMAGE = ModelImage.from_directory("tests/unit/image")
_TYPE = "ml.c7i.large"
_INSTANCES = {"InstanceType": _TYPE, "InitialInstanceCount": 1}
_SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 2}}
_ASYNCHRONOUS: dict[str, Any] = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://answers"}}}
_CAPTURE = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://captured",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
_MANAGED = {"ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2}}


def _variant(model: str | None = "plain", settings: Mapping[str, Any] = _INSTANCES, name: str = "one") -> Request:
    return {"VariantName": name, **({"ModelName": model} if model else {}), **settings}


def _configuration(*variants: Request, shadow: Request | None = None, **members: Any) -> Request:
    shadows = {"ShadowProductionVariants": [shadow]} if shadow else {}
    return {"EndpointConfigName": "judged", "ProductionVariants": list(variants), **shadows, **members}


def _serverless(model: str = "plain", /, *more: Request, **members: Any) -> Request:
    return _configuration(_variant(model, _SERVERLESS), *more, **members)


def _asynchronous(model: str = "plain", *more: Request, **members: Any) -> Request:
    return _configuration(_variant(model), *more, **_ASYNCHRONOUS, **members)


def _shadowed(model: str = "plain", settings: Mapping[str, Any] = _INSTANCES) -> Request:
    return _configuration(_variant(), shadow=_variant(model, settings, "shadow"))


def _plain(stack: Stack) -> Model:
    return Model(stack, "Plain", image=_IMAGE, network_isolation=False)


def _many(stack: Stack) -> Model:
    bucket = s3.Bucket.from_bucket_name(stack, "Models", "models")
    container = ModelContainer(_IMAGE, models=MultiModel(bucket))
    return Model(stack, "Many", containers=[container], network_isolation=False)


def _several(stack: Stack, **arguments: Any) -> Model:
    containers = [ModelContainer(_IMAGE, hostname=name) for name in ("first", "second")]
    return Model(stack, "Several", containers=containers, network_isolation=False, **arguments)


def _private(stack: Stack) -> Model:
    subnets = ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    network = ImportedNetwork(stack, "Network", subnet_ids=subnets, security_group_ids=["sg-0a1b2c3d"])
    return Model(stack, "Private", image=_IMAGE, placement=network.placement, network_isolation=False)


def _bought(stack: Stack) -> Model:
    return Model(stack, "Bought", package=ModelPackage(BOUGHT))


def _without_servers(stack: Stack, model: Model, **arguments: Any) -> object:
    return ServerlessEndpoint(stack, "Api", model=model, **arguments)


def _queue(stack: Stack, model: Model) -> object:
    return AsyncEndpoint(stack, "Queue", model=model, instance_type=_TYPE)


def _with_shadows(stack: Stack, *shadow: Model, instance_type: str = _TYPE, variants: int = 1) -> object:
    plain = _plain(stack)
    return RealTimeEndpoint(
        stack,
        "Api",
        variants=[Variant(plain, _TYPE, name=f"Live{number}") for number in range(variants)],
        shadow=[Variant(model, instance_type, name="Shadow") for model in shadow or (plain,)],
        encryption_key=kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/0"),
    )


def _twice_named(stack: Stack) -> object:
    return RealTimeEndpoint(stack, "Api", variants=[Variant(_plain(stack), _TYPE)] * 2)


def _captured_many(stack: Stack) -> object:
    capture = DataCapture(s3.Bucket.from_bucket_name(stack, "Captured", "captured"))
    return RealTimeEndpoint(stack, "Api", variants=[Variant(_many(stack), _TYPE)], capture=capture)


CASES = {
    "variants-have-unique-names": RuleCase(
        refused=_configuration(_variant(), _variant()),
        taken=_configuration(_variant(), _variant(name="two")),
        synth=_twice_named,
    ),
    "variants-without-models-have-a-role": RuleCase(
        refused=_configuration(_variant(None)), taken=_configuration(_variant(None), ExecutionRoleArn=ROLE)
    ),
    "variants-all-have-models-or-none": RuleCase(
        refused=_configuration(_variant(), _variant(None, name="two")),
        taken=_configuration(_variant(), _variant("isolated", name="two")),
    ),
    "variants-have-instances-or-are-serverless": RuleCase(
        refused=_configuration(_variant(settings={**_SERVERLESS, **_INSTANCES})), taken=_serverless()
    ),
    "managed-scaling-hosts-components": RuleCase(
        refused=_configuration(_variant(settings={**_INSTANCES, **_MANAGED})),
        taken=_configuration(_variant(None, {**_INSTANCES, **_MANAGED}), ExecutionRoleArn=ROLE),
    ),
    "data-capture-of-single-models": RuleCase(
        refused=_configuration(_variant("many"), DataCaptureConfig=_CAPTURE),
        taken=_configuration(_variant(), DataCaptureConfig=_CAPTURE),
        synth=_captured_many,
    ),
    "endpoints-with-local-disks-take-no-key": RuleCase(
        refused=_configuration(
            _variant(settings={**_INSTANCES, "InstanceType": "ml.g5.xlarge"}), KmsKeyId="alias/data"
        ),
        taken=_configuration(_variant(settings={**_INSTANCES, "InstanceType": "ml.g5.xlarge"})),
    ),
    "provisioned-concurrency-is-within-the-maximum": RuleCase(
        refused=_configuration(
            _variant(settings={"ServerlessConfig": {**_SERVERLESS["ServerlessConfig"], "ProvisionedConcurrency": 3}})
        ),
        taken=_configuration(
            _variant(settings={"ServerlessConfig": {**_SERVERLESS["ServerlessConfig"], "ProvisionedConcurrency": 2}})
        ),
        synth=lambda stack: _without_servers(
            stack, _plain(stack), maximum_concurrency=2, provisioned=ProvisionedConcurrency(3)
        ),
    ),
    "serverless-endpoints-have-one-variant": RuleCase(
        refused=_serverless("plain", _variant("plain", _SERVERLESS, "two")), taken=_serverless()
    ),
    "serverless-endpoints-without-data-capture": RuleCase(
        refused=_serverless(DataCaptureConfig=_CAPTURE), taken=_configuration(_variant(), DataCaptureConfig=_CAPTURE)
    ),
    "serverless-endpoints-answer-at-once": RuleCase(refused=_serverless(**_ASYNCHRONOUS), taken=_asynchronous()),
    "serverless-endpoints-without-shadows": RuleCase(
        refused=_serverless(shadow=_variant(name="shadow")), taken=_shadowed()
    ),
    "serverless-endpoints-without-kms-keys": RuleCase(
        refused=_serverless(KmsKeyId="alias/mine"), taken=_configuration(_variant(), KmsKeyId="alias/mine")
    ),
    "serverless-endpoints-outside-a-vpc": RuleCase(
        refused=_serverless("private"),
        taken=_configuration(_variant("private")),
        synth=lambda stack: _without_servers(stack, _private(stack)),
    ),
    "serverless-endpoints-without-network-isolation": RuleCase(
        refused=_serverless("isolated"),
        taken=_configuration(_variant("isolated")),
        synth=lambda stack: _without_servers(stack, Model(stack, "Isolated", image=_IMAGE)),
    ),
    "serverless-endpoints-serve-one-model": RuleCase(
        refused=_serverless("many"),
        taken=_configuration(_variant("many")),
        synth=lambda stack: _without_servers(stack, _many(stack)),
    ),
    "serverless-endpoints-have-one-container": RuleCase(
        refused=_serverless("serial"),
        taken=_configuration(_variant("serial")),
        synth=lambda stack: _without_servers(stack, _several(stack)),
    ),
    "serverless-endpoints-without-the-marketplace": RuleCase(
        refused=_serverless("bought"),
        taken=_configuration(_variant("bought")),
        synth=lambda stack: _without_servers(stack, _bought(stack)),
    ),
    "asynchronous-endpoints-have-one-variant": RuleCase(
        refused=_asynchronous("plain", _variant(name="two")), taken=_asynchronous()
    ),
    "asynchronous-endpoints-serve-one-model": RuleCase(
        refused=_asynchronous("many"), taken=_asynchronous("serial"), synth=lambda stack: _queue(stack, _many(stack))
    ),
    "asynchronous-endpoints-call-containers-in-turn": RuleCase(
        refused=_asynchronous("direct"),
        taken=_asynchronous("serial"),
        synth=lambda stack: _queue(stack, _several(stack, invocation="direct")),
    ),
    "asynchronous-endpoints-without-shadows": RuleCase(
        refused=_asynchronous(shadow=_variant(name="shadow")), taken=_asynchronous()
    ),
    "one-shadow-beside-one-variant": RuleCase(
        refused=_configuration(_variant(), _variant(name="two"), shadow=_variant(name="shadow")),
        taken=_shadowed(),
        synth=lambda stack: _with_shadows(stack, variants=2),
    ),
    "shadow-tests-serve-one-model": RuleCase(
        refused=_shadowed("many"), taken=_shadowed(), synth=lambda stack: _with_shadows(stack, _many(stack))
    ),
    "shadow-tests-have-one-container": RuleCase(
        refused=_shadowed("serial"), taken=_shadowed(), synth=lambda stack: _with_shadows(stack, _several(stack))
    ),
    "shadow-tests-without-the-marketplace": RuleCase(
        refused=_shadowed("bought"), taken=_shadowed(), synth=lambda stack: _with_shadows(stack, _bought(stack))
    ),
    "shadow-tests-without-inferentia-1": RuleCase(
        refused=_shadowed(settings={**_INSTANCES, "InstanceType": "ml.inf1.xlarge"}),
        taken=_shadowed(settings={**_INSTANCES, "InstanceType": "ml.inf2.xlarge"}),
        synth=lambda stack: _with_shadows(stack, instance_type="ml.inf1.xlarge"),
    ),
}
