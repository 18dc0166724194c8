"""What CreateEndpointConfig refuses beyond the shape of its request.

https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html and the pages that the rules name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.models.parts import parts_of_model

_Variant = Mapping[str, Any]


class ConfigurationRules:
    """What endpoint configurations may combine.

    Args:
        records: Where models are kept.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def problems(self, configuration: Record) -> Iterator[str]:
        """What is wrong with a configuration, one sentence each."""
        request = configuration.request
        production: list[_Variant] = request.get("ProductionVariants") or []
        shadows: list[_Variant] = request.get("ShadowProductionVariants") or []
        names = [one["VariantName"] for one in (*production, *shadows)]
        if len(names) != len(set(names)):
            yield "VariantName must be unique within the endpoint configuration."
        yield from self._without_models(request, production)
        for variant in (*production, *shadows):
            yield from self._variant(variant)
        if any("ServerlessConfig" in one for one in (*production, *shadows)):
            yield from self._serverless(request, production)
        if request.get("AsyncInferenceConfig"):
            yield from self._asynchronous(production)
        if shadows:
            yield from self._shadows(request, production, shadows)

    @staticmethod
    def _without_models(request: Mapping[str, Any], production: list[_Variant]) -> Iterator[str]:
        """See https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-deploy-models.html."""
        modelled = [one for one in production if one.get("ModelName")]
        if not modelled and not request.get("ExecutionRoleArn"):
            yield "ExecutionRoleArn is required for variants without a model, which host inference components."
        if modelled and len(modelled) < len(production):
            yield "Either every variant has a model, or none."

    @staticmethod
    def _variant(variant: _Variant) -> Iterator[str]:
        name, serverless = variant["VariantName"], variant.get("ServerlessConfig")
        if bool(serverless) == bool(variant.get("InstanceType")):
            yield f"Variant {name} needs either an InstanceType or a ServerlessConfig."
        managed: Mapping[str, Any] = variant.get("ManagedInstanceScaling") or {}
        if variant.get("ModelName") and managed.get("MinInstanceCount") == 0:
            yield "A MinInstanceCount of 0 is only supported for inference component endpoints."
        if serverless and serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
            yield (
                f"ProvisionedConcurrency of variant {name} must be at most its MaxConcurrency "
                f"({serverless['MaxConcurrency']}), got: {serverless['ProvisionedConcurrency']}."
            )

    def _serverless(self, request: Mapping[str, Any], production: list[_Variant]) -> Iterator[str]:
        """See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html."""
        if len(production) > 1:
            yield "Serverless endpoints have one variant only."
        for member, words in (
            ("DataCaptureConfig", "data capture"),
            ("AsyncInferenceConfig", "asynchronous inference"),
            ("ShadowProductionVariants", "shadow variants"),
            ("KmsKeyId", "KMS keys"),
        ):
            if request.get(member):
                yield f"Serverless endpoints do not support {words}."
        for model in self._models(production):
            parts = parts_of_model(model)
            if model.request.get("VpcConfig") or request.get("VpcConfig"):
                yield "Serverless endpoints do not support VPC configurations."
            if model.request.get("EnableNetworkIsolation"):
                yield "Serverless endpoints do not support network isolation."
            if parts.is_multi_model:
                yield "Serverless endpoints do not support multi-model containers."
            if parts.is_pipeline:
                yield "Serverless endpoints do not support inference pipelines."

    def _asynchronous(self, production: list[_Variant]) -> Iterator[str]:
        """See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html."""
        if len(production) > 1:
            yield "Asynchronous endpoints have one variant only."
        for model in self._models(production):
            parts = parts_of_model(model)
            if parts.is_multi_model:
                yield "Asynchronous endpoints do not support multi-model containers."
            if parts.direct:
                yield "Asynchronous endpoints do not support containers that are invoked directly."

    def _shadows(
        self, request: Mapping[str, Any], production: list[_Variant], shadows: list[_Variant]
    ) -> Iterator[str]:
        """See https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html."""
        if len(production) > 1 or len(shadows) > 1:
            yield "Shadow tests take one production variant and one shadow variant."
        if request.get("AsyncInferenceConfig"):
            yield "Asynchronous endpoints do not support shadow variants."
        for model in self._models([*production, *shadows]):
            parts = parts_of_model(model)
            if parts.is_multi_model:
                yield "Shadow tests do not support multi-model containers."
            if parts.is_pipeline:
                yield "Shadow tests do not support models of several containers."

    def _models(self, variants: list[_Variant]) -> Iterator[Record]:
        for variant in variants:
            model = self._records.find("Model", str(variant["ModelName"])) if variant.get("ModelName") else None
            if model is not None:
                yield model
