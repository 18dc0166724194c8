"""Inference components: what their copies need, and which endpoints host them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateInferenceComponent"


@rule(
    _CREATE,
    f"{API}/API_InferenceComponentComputeResourceRequirements.html",
    read="2026-11-28",
    confidence="inferred",
)
def component_memory_limits_are_ordered(call: Call) -> Iterator[Broken]:
    """MaxMemoryRequiredInMb of an inference component must be at least its MinMemoryRequiredInMb."""
    specification: Mapping[str, Any] = call.request.get("Specification") or {}
    needs: Mapping[str, Any] = specification.get("ComputeResourceRequirements") or {}
    least, most = needs.get("MinMemoryRequiredInMb"), needs.get("MaxMemoryRequiredInMb")
    if least is None or most is None or is_token(least) or is_token(most):
        return
    if most < least:
        path = "Specification.ComputeResourceRequirements.MaxMemoryRequiredInMb"
        yield path, f"{most:g} with a minimum of {least:g}"


@rule(
    _CREATE,
    "https://github.com/stdapi-ai/stdapi.ai/issues/43",
    read="2026-11-28",
    confidence="reported",
    enforced=("emulator",),
)
def components_begin_with_a_copy(call: Call) -> Iterator[Broken]:
    """A new inference component needs a CopyCount larger than 0; scaling takes it to 0 afterwards."""
    runtime: Mapping[str, Any] = call.request.get("RuntimeConfig") or {}
    copies = runtime.get("CopyCount")
    if copies is not None and not is_token(copies) and copies < 1:
        yield "RuntimeConfig.CopyCount", copies


@rule(_CREATE, f"{GUIDE}/realtime-endpoints-deploy-models.html", read="2026-11-28", enforced=("emulator",))
def components_share_endpoints_without_models(call: Call) -> Iterator[Broken]:
    """An inference component needs an endpoint whose variants name no model."""
    endpoint = call.find("Endpoint", call.request["EndpointName"]) or {}
    configuration = call.find("EndpointConfig", endpoint.get("EndpointConfigName", "")) or {}
    for variant in configuration.get("ProductionVariants", ()):
        if variant.get("ModelName"):
            yield "EndpointName", f"{call.request['EndpointName']} with model {variant['ModelName']}"
            return
