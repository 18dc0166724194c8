"""A notice at synth when an endpoint and the workload that it is for contradict each other."""

from collections.abc import Iterator
from dataclasses import replace

from aws_cdk import Annotations

from sagemaker_constructs.core.instance_types import has_accelerators
from sagemaker_constructs.core.problems import is_token
from sagemaker_constructs.cost.inference_options import Advice, InferenceOption, InferenceWorkload, advise
from sagemaker_constructs.serving.asynchronous.async_endpoint import AsyncEndpoint
from sagemaker_constructs.serving.components.inference_component import InferenceComponent
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.endpoints.serverless_endpoint import ServerlessEndpoint
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform

Served = RealTimeEndpoint | ServerlessEndpoint | AsyncEndpoint | InferenceComponent | BatchTransform

WARNING = "sagemaker-constructs:workload"


class InferenceAdvisor:
    """Compares what serves a model with what is asked of it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html
    """

    @staticmethod
    def check(served: Served, workload: InferenceWorkload) -> Advice:
        """Warn, once for all reasons, where a limit of AWS or of ``served`` keeps it from taking ``workload``.

        The warning names the option that fits. Accept it with
        ``Annotations.of(served).acknowledge_warning("sagemaker-constructs:workload")``. Provisions nothing, and
        returns the advice.
        """
        advice = advise(workload)
        option = _option(served)
        limits = advise(_as_met(served, workload)).against
        reasons = [*limits.get(option, ()), *_own_limits(served, workload)]
        if reasons:
            better = f"take {advice.option.value}: {advice.why}" if advice.option else advice.why
            hint = "" if advice.option is option else f" Instead, {better}."
            Annotations.of(served).add_warning_v2(
                WARNING, f"This workload does not fit {option.value}: {'; '.join(reasons)}.{hint}"
            )
        return advice


def _option(served: Served) -> InferenceOption:
    if isinstance(served, ServerlessEndpoint):
        return InferenceOption.SERVERLESS
    if isinstance(served, AsyncEndpoint):
        return InferenceOption.ASYNCHRONOUS
    if isinstance(served, BatchTransform):
        return InferenceOption.BATCH
    if isinstance(served, RealTimeEndpoint) and any(variant.model.multi_model for variant in served.variants):
        return InferenceOption.MULTI_MODEL
    return InferenceOption.REAL_TIME


def _as_met(served: Served, workload: InferenceWorkload) -> InferenceWorkload:
    """The workload without the waits that ``served`` avoids by staying awake."""
    if isinstance(served, ServerlessEndpoint) and served.provisioned:
        return replace(workload, idle_share=0)
    if isinstance(served, AsyncEndpoint) and served.variants[0].instances.minimum != 0:
        return replace(workload, latency_seconds=None)
    return workload


def _own_limits(served: Served, workload: InferenceWorkload) -> Iterator[str]:
    """What the construct's own settings rule out, where AWS would allow more."""
    if isinstance(served, ServerlessEndpoint):
        most = served.maximum_concurrency
        if not is_token(most) and workload.concurrency > most:
            yield f"{workload.concurrency:g} requests at a time are over its maximum_concurrency of {most}"
    if isinstance(served, InferenceComponent) and workload.needs_gpu and not served.accelerators:
        yield "it asks for no accelerators"
    if isinstance(served, RealTimeEndpoint | AsyncEndpoint) and workload.needs_gpu:
        for variant in served.variants:
            if not has_accelerators(variant.instance_type):
                yield f"{variant.name} runs on {variant.instance_type}, which has no accelerators"
