"""Training jobs: how long they may take, and keep their instances."""

from collections.abc import Iterator
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_LONGEST_WARM_SECONDS = 3_600


@rule("CreateTrainingJob", f"{API}/API_StoppingCondition.html", read="2026-11-24")
def spot_training_waits_as_long_as_it_runs(call: Call) -> Iterator[Broken]:
    """MaxWaitTimeInSeconds of a managed Spot training job must be at least its MaxRuntimeInSeconds."""
    if not call.request.get("EnableManagedSpotTraining"):
        return
    limits: dict[str, Any] = call.request.get("StoppingCondition") or {}
    wait, runtime = limits.get("MaxWaitTimeInSeconds"), limits.get("MaxRuntimeInSeconds", 86_400)
    if is_token(wait) or is_token(runtime):
        return
    if wait is None or wait < runtime:
        yield "StoppingCondition.MaxWaitTimeInSeconds", wait


@rule("CreateTrainingJob", f"{GUIDE}/train-warm-pools.html", read="2026-11-24")
def warm_pools_last_an_hour(call: Call) -> Iterator[Broken]:
    """KeepAlivePeriodInSeconds of a training job must be at most 3600."""
    resources: dict[str, Any] = call.request.get("ResourceConfig") or {}
    seconds = resources.get("KeepAlivePeriodInSeconds", 0)
    if not is_token(seconds) and seconds > _LONGEST_WARM_SECONDS:
        yield "ResourceConfig.KeepAlivePeriodInSeconds", seconds
