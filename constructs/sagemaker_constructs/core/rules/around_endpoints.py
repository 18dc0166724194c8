"""What stands around an endpoint: policies of Application Auto Scaling, REST APIs, functions and parameters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, indexed, rule
from sagemaker_constructs.core.tokens import is_token

MOST_FUNCTION_BYTES = 6 * 1024 * 1024
_PUT = "PutScalingPolicy"
_STEP = "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html"
_STEPS = "StepScalingPolicyConfiguration.StepAdjustments"


@rule(_PUT, _STEP, read="2026-11-28")
def step_adjustments_have_a_bound(call: Call) -> Iterator[Broken]:
    """A step adjustment needs a lower or an upper bound."""
    for path, step in indexed(_STEPS, _adjustments(call)):
        if step.get("MetricIntervalLowerBound") is None and step.get("MetricIntervalUpperBound") is None:
            yield path, "neither"


@rule(_PUT, _STEP, read="2026-11-28", confidence="inferred")
def step_adjustments_reach_upwards(call: Call) -> Iterator[Broken]:
    """The upper bound of a step adjustment must be larger than its lower bound."""
    for path, step in indexed(_STEPS, _adjustments(call)):
        if _known(step) and _lower(step) >= _upper(step):
            yield path, f"{_lower(step):g} to {_upper(step):g}"


@rule(_PUT, _STEP, read="2026-11-28")
def step_adjustments_follow_one_another(call: Call) -> Iterator[Broken]:
    """The ranges of step adjustments follow one another without gap or overlap."""
    steps = _adjustments(call)
    if all(_known(step) for step in steps):
        for before, after in pairwise(sorted(steps, key=_lower)):
            if _upper(before) != _lower(after):
                yield _STEPS, f"{_upper(before):g} then {_lower(after):g}"


@rule(_PUT, _STEP, read="2026-11-28")
def step_adjustments_reach_to_the_end(call: Call) -> Iterator[Broken]:
    """With a positive upper bound, one step adjustment has no upper bound; with a negative lower bound, no lower."""
    steps = _adjustments(call)
    if not all(_known(step) for step in steps):
        return
    highest, lowest = max(map(_upper, steps), default=inf), min(map(_lower, steps), default=-inf)
    if 0 < highest < inf:
        yield _STEPS, f"nothing above {highest:g}"
    if -inf < lowest < 0:
        yield _STEPS, f"nothing below {lowest:g}"


@rule(
    "PutParameter",
    "https://docs.aws.amazon.com/cli/v1/reference/ssm/put-parameter.html",
    read="2026-11-29",
)
def names_of_parameters_are_not_reserved(call: Call) -> Iterator[Broken]:
    """The name of a parameter begins neither with aws nor with ssm, in whatever case, a leading slash aside."""
    name = str(call.request.get("Name", ""))
    if not is_token(name) and name.lstrip("/").lower().startswith(("aws", "ssm")):
        yield "Name", name


@rule(
    "AssumeRole",
    "https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479",
    read="2026-11-28",
    confidence="reported",
    enforced=("emulator",),
)
def integration_roles_trust_without_a_source(call: Call) -> Iterator[Broken]:
    """API Gateway sends neither aws:SourceAccount nor aws:SourceArn when it assumes the role of an integration."""
    trust: Any = call.request.get("AssumeRolePolicyDocument") or {}
    if is_token(trust):
        return
    document: Mapping[str, Any] = json.loads(trust) if isinstance(trust, str) else trust
    statements: Sequence[Mapping[str, Any]] = document.get("Statement") or ()
    conditions = json.dumps([statement.get("Condition", {}) for statement in statements]).lower()
    for key in ("aws:SourceAccount", "aws:SourceArn"):
        if key.lower() in conditions:
            yield "AssumeRolePolicyDocument", key


@rule(
    "Invoke",
    "https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html",
    read="2026-11-28",
    confidence="inferred",
    enforced=("emulator",),
)
def functions_take_six_megabytes(call: Call) -> Iterator[Broken]:
    """A function that answers at once takes 6 MB, of the 10 that API Gateway takes."""
    size = call.request.get("PayloadBytes", 0)
    if not is_token(size) and size > MOST_FUNCTION_BYTES:
        yield "Payload", f"{size} bytes"


def _adjustments(call: Call) -> Sequence[Mapping[str, Any]]:
    configuration: Mapping[str, Any] = call.request.get("StepScalingPolicyConfiguration") or {}
    return configuration.get("StepAdjustments") or ()


def _known(step: Mapping[str, Any]) -> bool:
    return not is_token(step.get("MetricIntervalLowerBound")) and not is_token(step.get("MetricIntervalUpperBound"))


def _lower(step: Mapping[str, Any]) -> float:
    bound = step.get("MetricIntervalLowerBound")
    return -inf if bound is None else bound


def _upper(step: Mapping[str, Any]) -> float:
    bound = step.get("MetricIntervalUpperBound")
    return inf if bound is None else bound
