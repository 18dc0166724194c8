"""The notice at synth when an endpoint and what it is meant for contradict each other."""

from sagemaker_constructs.cost.inference_options import InferenceWorkload
from sagemaker_constructs.serving.advice.inference_advisor import InferenceAdvisor, Served
from stacks.settings.workload import WorkloadSettings


def check_workload(endpoint: Served, chosen: WorkloadSettings | None) -> None:
    """Warn where ``endpoint`` cannot take what ``chosen`` says; nothing happens where nothing is said."""
    if chosen is None:
        return
    workload = InferenceWorkload(
        requests_per_second=chosen.requests_per_second,
        payload_megabytes=chosen.payload_mb,
        processing_seconds=chosen.processing_seconds,
        latency_seconds=chosen.latency_seconds,
        idle_share=chosen.idle_percent / 100,
        needs_gpu=chosen.needs_gpu,
    )
    InferenceAdvisor.check(endpoint, workload)
