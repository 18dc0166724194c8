"""Endpoint configurations: variants, and what serverless, asynchronous and shadow endpoints combine."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, Request, indexed, rule
from sagemaker_constructs.core.rules.instance_types import has_local_storage
from sagemaker_constructs.core.rules.models import containers_of, is_direct, is_multi_model, of_marketplace
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateEndpointConfig"
_DEPLOYING = f"{GUIDE}/realtime-endpoints-deploy-models.html"
_SERVERLESS = f"{GUIDE}/serverless-endpoints.html"
_ASYNCHRONOUS = f"{GUIDE}/async-inference-create-endpoint.html"
_SHADOWS = f"{GUIDE}/shadow-tests.html"
_EXCLUDED_SHADOWS = f"{GUIDE}/shadow-tests-exclusions.html"


def _production(call: Call) -> Iterator[tuple[str, Request]]:
    return indexed("ProductionVariants", call.request.get("ProductionVariants") or ())


def _shadows(call: Call) -> Iterator[tuple[str, Request]]:
    return indexed("ShadowProductionVariants", call.request.get("ShadowProductionVariants") or ())


def _fleets(call: Call) -> Iterator[tuple[str, Request]]:
    yield from _production(call)
    yield from _shadows(call)


def _models(call: Call, fleets: Iterator[tuple[str, Request]]) -> Iterator[tuple[str, str, Request]]:
    """Path, variant and model of each variant whose model is at hand."""
    for path, variant in fleets:
        model = call.find("Model", variant["ModelName"]) if variant.get("ModelName") else None
        if model is not None:
            yield f"{path}.ModelName", variant["VariantName"], model


def _is_serverless(call: Call) -> bool:
    return any("ServerlessConfig" in variant for _, variant in _fleets(call))


def _serverless_models(call: Call) -> Iterator[tuple[str, str, Request]]:
    if _is_serverless(call):
        yield from _models(call, _fleets(call))


def _asynchronous_models(call: Call) -> Iterator[tuple[str, str, Request]]:
    if call.request.get("AsyncInferenceConfig"):
        yield from _models(call, _production(call))


def _shadowed_models(call: Call) -> Iterator[tuple[str, str, Request]]:
    if call.request.get("ShadowProductionVariants"):
        yield from _models(call, _fleets(call))


@rule(_CREATE, _DEPLOYING, read="2026-11-24")
def variants_have_unique_names(call: Call) -> Iterator[Broken]:
    """VariantName must be unique within the endpoint configuration."""
    seen: set[str] = set()
    for path, variant in _fleets(call):
        name = variant["VariantName"]
        if name in seen:
            yield f"{path}.VariantName", f"{name} twice"
        if not is_token(name):
            seen.add(name)


@rule(_CREATE, _DEPLOYING, read="2026-11-24", enforced=("emulator",))
def variants_without_models_have_a_role(call: Call) -> Iterator[Broken]:
    """ExecutionRoleArn is required for variants without a model, which host inference components."""
    with_models = any(variant.get("ModelName") for _, variant in _production(call))
    if not with_models and not call.request.get("ExecutionRoleArn"):
        yield "ExecutionRoleArn", "none"


@rule(_CREATE, _DEPLOYING, read="2026-11-24", enforced=("emulator",))
def variants_all_have_models_or_none(call: Call) -> Iterator[Broken]:
    """Either every variant has a model, or none."""
    without = [path for path, variant in _production(call) if not variant.get("ModelName")]
    if 0 < len(without) < len(call.request["ProductionVariants"]):
        yield f"{without[0]}.ModelName", "none"


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def variants_have_instances_or_are_serverless(call: Call) -> Iterator[Broken]:
    """A variant needs either an InstanceType or a ServerlessConfig."""
    for path, variant in _fleets(call):
        if bool(variant.get("ServerlessConfig")) == bool(variant.get("InstanceType")):
            yield path, "both" if variant.get("InstanceType") else "neither"


@rule(
    _CREATE,
    "https://github.com/hashicorp/terraform-provider-aws/pull/45926",
    read="2026-11-24",
    confidence="reported",
    enforced=("emulator",),
    words="ManagedInstanceScaling is only supported for inference component endpoints.",
)
def managed_scaling_hosts_components(call: Call) -> Iterator[Broken]:
    """ManagedInstanceScaling is supported only for variants without a model, which host inference components."""
    for path, variant in _fleets(call):
        if variant.get("ManagedInstanceScaling") and variant.get("ModelName"):
            yield f"{path}.ManagedInstanceScaling", f"variant {variant['VariantName']} with a model"


@rule(_CREATE, f"{GUIDE}/model-monitor.html", read="2026-11-24", confidence="inferred")
def data_capture_of_single_models(call: Call) -> Iterator[Broken]:
    """Data capture is a part of Model Monitor, which does not support multi-model containers."""
    if call.request.get("DataCaptureConfig"):
        for path, name, model in _models(call, _fleets(call)):
            if is_multi_model(model):
                yield path, f"the model of variant {name}"


@rule(_CREATE, f"{API}/API_CreateEndpointConfig.html", read="2026-11-30", enforced=("emulator",))
def endpoints_with_local_disks_take_no_key(call: Call) -> Iterator[Broken]:
    """KmsKeyId is not available for instance types with local disks, which encrypt themselves."""
    if call.request.get("KmsKeyId"):
        for path, variant in _fleets(call):
            instance_type = variant.get("InstanceType")
            if instance_type and not is_token(instance_type) and has_local_storage(instance_type):
                yield f"{path}.InstanceType", instance_type


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def provisioned_concurrency_is_within_the_maximum(call: Call) -> Iterator[Broken]:
    """The ProvisionedConcurrency of a serverless variant must be at most its MaxConcurrency."""
    for path, variant in _fleets(call):
        serverless: Mapping[str, Any] = variant.get("ServerlessConfig") or {}
        provisioned, most = serverless.get("ProvisionedConcurrency", 0), serverless.get("MaxConcurrency", 0)
        if not is_token(provisioned) and not is_token(most) and provisioned > most:
            yield f"{path}.ServerlessConfig.ProvisionedConcurrency", f"{provisioned} of at most {most}"


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def serverless_endpoints_have_one_variant(call: Call) -> Iterator[Broken]:
    """A serverless endpoint has one variant only."""
    if _is_serverless(call) and len(call.request["ProductionVariants"]) > 1:
        yield "ProductionVariants", len(call.request["ProductionVariants"])


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def serverless_endpoints_without_data_capture(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support data capture."""
    if _is_serverless(call) and call.request.get("DataCaptureConfig"):
        yield "DataCaptureConfig", "one"


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def serverless_endpoints_answer_at_once(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support asynchronous inference."""
    if _is_serverless(call) and call.request.get("AsyncInferenceConfig"):
        yield "AsyncInferenceConfig", "one"


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def serverless_endpoints_without_shadows(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support shadow variants."""
    if _is_serverless(call) and call.request.get("ShadowProductionVariants"):
        yield "ShadowProductionVariants", len(call.request["ShadowProductionVariants"])


@rule(_CREATE, _SERVERLESS, read="2026-11-24", enforced=("emulator",))
def serverless_endpoints_without_kms_keys(call: Call) -> Iterator[Broken]:
    """A serverless endpoint has no instance volumes, and does not support KMS keys."""
    if _is_serverless(call) and call.request.get("KmsKeyId"):
        yield "KmsKeyId", call.request["KmsKeyId"]


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def serverless_endpoints_outside_a_vpc(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support VPC configurations."""
    for path, name, model in _serverless_models(call):
        if model.get("VpcConfig"):
            yield path, f"the model of variant {name} in a VPC"
    if _is_serverless(call) and call.request.get("VpcConfig"):
        yield "VpcConfig", "one"


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def serverless_endpoints_without_network_isolation(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support network isolation."""
    for path, name, model in _serverless_models(call):
        if model.get("EnableNetworkIsolation"):
            yield path, f"the model of variant {name} in network isolation"


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def serverless_endpoints_serve_one_model(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support multi-model containers."""
    for path, name, model in _serverless_models(call):
        if is_multi_model(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def serverless_endpoints_have_one_container(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support inference pipelines."""
    for path, name, model in _serverless_models(call):
        if len(containers_of(model)) > 1:
            yield path, f"{len(containers_of(model))} containers of variant {name}"


@rule(_CREATE, _SERVERLESS, read="2026-11-24")
def serverless_endpoints_without_the_marketplace(call: Call) -> Iterator[Broken]:
    """A serverless endpoint does not support model packages of the AWS Marketplace."""
    for path, name, model in _serverless_models(call):
        if of_marketplace(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _ASYNCHRONOUS, read="2026-11-24", enforced=("emulator",))
def asynchronous_endpoints_have_one_variant(call: Call) -> Iterator[Broken]:
    """An asynchronous endpoint has one variant only."""
    if call.request.get("AsyncInferenceConfig") and len(call.request["ProductionVariants"]) > 1:
        yield "ProductionVariants", len(call.request["ProductionVariants"])


@rule(_CREATE, _ASYNCHRONOUS, read="2026-11-24")
def asynchronous_endpoints_serve_one_model(call: Call) -> Iterator[Broken]:
    """An asynchronous endpoint does not support multi-model containers."""
    for path, name, model in _asynchronous_models(call):
        if is_multi_model(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _ASYNCHRONOUS, read="2026-11-24")
def asynchronous_endpoints_call_containers_in_turn(call: Call) -> Iterator[Broken]:
    """An asynchronous endpoint does not support containers that are invoked directly."""
    for path, name, model in _asynchronous_models(call):
        if is_direct(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _EXCLUDED_SHADOWS, read="2026-11-24", enforced=("emulator",))
def asynchronous_endpoints_without_shadows(call: Call) -> Iterator[Broken]:
    """An asynchronous endpoint does not support shadow variants."""
    if call.request.get("AsyncInferenceConfig") and call.request.get("ShadowProductionVariants"):
        yield "ShadowProductionVariants", len(call.request["ShadowProductionVariants"])


@rule(_CREATE, _SHADOWS, read="2026-11-24")
def one_shadow_beside_one_variant(call: Call) -> Iterator[Broken]:
    """A shadow test has one shadow variant beside one production variant."""
    production, shadows = len(list(_production(call))), len(list(_shadows(call)))
    if shadows and (production, shadows) != (1, 1):
        yield "ShadowProductionVariants", f"{shadows} in the shadow of {production}"


@rule(_CREATE, _EXCLUDED_SHADOWS, read="2026-11-24")
def shadow_tests_serve_one_model(call: Call) -> Iterator[Broken]:
    """A shadow test does not support multi-model containers."""
    for path, name, model in _shadowed_models(call):
        if is_multi_model(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _EXCLUDED_SHADOWS, read="2026-11-24")
def shadow_tests_have_one_container(call: Call) -> Iterator[Broken]:
    """A shadow test does not support models of several containers."""
    for path, name, model in _shadowed_models(call):
        if len(containers_of(model)) > 1:
            yield path, f"{len(containers_of(model))} containers of variant {name}"


@rule(_CREATE, _EXCLUDED_SHADOWS, read="2026-11-24")
def shadow_tests_without_the_marketplace(call: Call) -> Iterator[Broken]:
    """A shadow test does not support model packages of the AWS Marketplace."""
    for path, name, model in _shadowed_models(call):
        if of_marketplace(model):
            yield path, f"the model of variant {name}"


@rule(_CREATE, _EXCLUDED_SHADOWS, read="2026-11-24")
def shadow_tests_without_inferentia_1(call: Call) -> Iterator[Broken]:
    """A shadow test does not support Inferentia 1 (ml.inf1)."""
    if call.request.get("ShadowProductionVariants"):
        for path, variant in _fleets(call):
            if (variant.get("InstanceType") or "").startswith("ml.inf1."):
                yield f"{path}.InstanceType", f"{variant['InstanceType']} of {variant['VariantName']}"
