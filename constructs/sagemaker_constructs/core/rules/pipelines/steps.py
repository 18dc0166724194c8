"""Steps of pipelines: what their calls take, and what goes beside it."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.pipeline_definitions.arguments import Wrong, argument_faults
from sagemaker_constructs.core.pipeline_definitions.expressions import (
    entries_of,
    function_of,
    members_of,
    structures_of,
)
from sagemaker_constructs.core.pipeline_definitions.reading import StepReading
from sagemaker_constructs.core.rules.catalogue import GUIDE, Broken, Call, rule
from sagemaker_constructs.core.rules.pipelines.definitions import CREATE, STEPS_PAGE, UPDATE, at, reading_of
from sagemaker_constructs.core.tokens import is_token

_CACHING = f"{GUIDE}/pipelines-caching-enabling.html"
_RETRIES = f"{GUIDE}/pipelines-retry-policy.html"
_FILES = f"{GUIDE}/build-and-manage-propertyfile.html"
_DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
_OUTPUT_TYPES = ("String", "Integer", "Float", "Boolean")
_LONGEST_INTERVAL, _MOST_ATTEMPTS, _LONGEST_RETRY = 43_200, 20, 14_400
_CHECKS = {
    "QualityCheck": ("DATA_QUALITY", "MODEL_QUALITY"),
    "ClarifyCheck": ("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"),
}


def _faults(call: Call, *wrong: Wrong) -> Iterator[Broken]:
    for step, fault in argument_faults(reading_of(call)):
        if fault.wrong in wrong:
            yield at(step, fault.path), f"{fault.got} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def steps_have_the_arguments_that_their_call_requires(call: Call) -> Iterator[Broken]:
    """The arguments of a step hold what its API call requires, but for the name, which the pipeline chooses."""
    for step, fault in argument_faults(reading_of(call)):
        if fault.wrong == "missing":
            yield at(step, fault.path), f"no {fault.path.rpartition('.')[2]} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def steps_have_arguments_of_their_call(call: Call) -> Iterator[Broken]:
    """The arguments of a step are members of the input of its API call that pipelines support."""
    yield from _faults(call, "unknown")


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def arguments_of_steps_have_allowed_values(call: Call) -> Iterator[Broken]:
    """The arguments of a step have the types, lengths and values that its API call allows."""
    yield from _faults(call, "value", "type")


@rule(
    CREATE,
    "https://github.com/aws/sagemaker-python-sdk/issues/2631",
    also=UPDATE,
    read="2026-11-28",
    confidence="reported",
)
def references_have_the_type_of_their_place(call: Call) -> Iterator[Broken]:
    """A reference has the type that is expected in its place; a number becomes text by Std:Join (to_string)."""
    yield from _faults(call, "reference")


def _stepwise(call: Call, *kinds: str) -> Iterator[StepReading]:
    return (step for step in reading_of(call).steps if not kinds or step.kind in kinds)


@rule(CREATE, _CACHING, also=UPDATE, read="2026-11-28")
def only_some_types_of_step_are_cached(call: Call) -> Iterator[Broken]:
    """CacheConfig is available for steps that run a job, and its ExpireAfter is an ISO 8601 duration such as P30D."""
    for step in _stepwise(call):
        given = members_of(step.document.get("CacheConfig"))
        if not given or step.type is None:
            continue
        expires = given.get("ExpireAfter")
        if not step.type.cached:
            yield at(step, "CacheConfig"), f"{step.kind} of {step.name}"
        elif expires is not None and not is_token(expires) and not _DURATION.fullmatch(str(expires)):
            yield at(step, "CacheConfig.ExpireAfter"), f"{expires!r} in {step.name}"


def _policies(call: Call) -> Iterator[tuple[StepReading, str, Mapping[str, Any]]]:
    for step in _stepwise(call):
        for index, policy in enumerate(structures_of(step.document.get("RetryPolicies"))):
            yield step, f"RetryPolicies[{index}]", policy


@rule(CREATE, _RETRIES, also=UPDATE, read="2026-11-28")
def retries_fit_their_type_of_step(call: Call) -> Iterator[Broken]:
    """Retry policies name exception types that their type of step supports."""
    for step, path, policy in _policies(call):
        named = [str(name) for name in entries_of(policy.get("ExceptionType"))]
        allowed = step.type.retried if step.type else ()
        wrong = [name for name in named if name not in allowed]
        if step.type and (wrong or not named):
            offered = f"; supported: {', '.join(allowed)}" if allowed else ""
            yield (
                at(step, f"{path}.ExceptionType"),
                f"{', '.join(wrong) or 'none'} for {step.kind} {step.name}{offered}",
            )


@rule(CREATE, _RETRIES, also=UPDATE, read="2026-11-28")
def retries_end(call: Call) -> Iterator[Broken]:
    """A retry policy has MaxAttempts (1 to 20) or ExpireAfterMin (to 14400), and IntervalSeconds up to 43200."""
    for step, path, policy in _policies(call):
        attempts, expires = policy.get("MaxAttempts"), policy.get("ExpireAfterMin")
        interval, rate = policy.get("IntervalSeconds"), policy.get("BackoffRate")
        where = at(step, path)
        if (attempts is None) == (expires is None):
            yield where, f"{'neither' if attempts is None else 'both'} in {step.name}"
        elif not _lies(attempts, 1, _MOST_ATTEMPTS):
            yield where, f"{attempts} attempts in {step.name}"
        elif not _lies(expires, 0, _LONGEST_RETRY):
            yield where, f"{expires} minutes in {step.name}"
        elif not _lies(interval, 0, _LONGEST_INTERVAL):
            yield where, f"an interval of {interval} seconds in {step.name}"
        elif not _lies(rate, 0, math.inf):
            yield where, f"a rate of {rate} in {step.name}"


def _lies(value: object, least: float, most: float) -> bool:
    """Whether ``value`` is a number between these two, or is not known yet."""
    return value is None or is_token(value) or (isinstance(value, int | float) and least <= value <= most)


@rule(CREATE, _FILES, also=UPDATE, read="2026-11-28")
def property_files_are_outputs_of_their_step(call: Call) -> Iterator[Broken]:
    """A property file is a file within an output of its Processing step, under a name of its own."""
    for step in _stepwise(call):
        outputs = _output_names(step)
        seen: set[str] = set()
        for index, each in enumerate(step.property_files):
            name, output, where = str(each.get("PropertyFileName")), each.get("OutputName"), f"PropertyFiles[{index}]"
            if step.kind != "Processing":
                yield at(step, where), f"{step.kind} {step.name}"
            elif name in seen:
                yield at(step, f"{where}.PropertyFileName"), f"{name} twice in {step.name}"
            elif output not in outputs or not each.get("FilePath"):
                yield (
                    at(step, f"{where}.OutputName"),
                    f"{output!r} in {step.name}, outputs: {', '.join(outputs) or 'none'}",
                )
            seen.add(name)


def _output_names(step: StepReading) -> list[str]:
    outputs = members_of(step.arguments.get("ProcessingOutputConfig")).get("Outputs")
    return [str(each.get("OutputName")) for each in structures_of(outputs)]


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def outputs_of_functions_are_declared(call: Call) -> Iterator[Broken]:
    """A Lambda or Callback step declares up to 50 outputs, each String, Integer, Float or Boolean, named once."""
    for step in _stepwise(call, "Lambda", "Callback"):
        declared = structures_of(step.document.get("OutputParameters"))
        names = [each.get("OutputName") for each in declared]
        if len(declared) > 50:
            yield at(step, "OutputParameters"), f"{len(declared)} in {step.name}"
        for index, each in enumerate(declared):
            if names.count(each.get("OutputName")) > 1 or each.get("OutputType") not in _OUTPUT_TYPES:
                yield at(step, f"OutputParameters[{index}]"), f"{each.get('OutputName')}, {each.get('OutputType')}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def functions_are_given_plain_values(call: Call) -> Iterator[Broken]:
    """A Lambda step has a FunctionArn, a Callback step an SqsQueueUrl, and both take a map of plain values."""
    for step in _stepwise(call, "Lambda", "Callback"):
        target = "FunctionArn" if step.kind == "Lambda" else "SqsQueueUrl"
        if not step.document.get(target):
            yield at(step, target), f"no {target} in {step.name}"
        for name, value in step.arguments.items():
            if (entries_of(value) or members_of(value)) and not function_of(value) and not is_token(value):
                yield at(step, f"Arguments.{name}"), f"{name} in {step.name}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def checks_have_a_type_of_check(call: Call) -> Iterator[Broken]:
    """The CheckType of a QualityCheck is one of quality, that of a ClarifyCheck one of bias or explainability."""
    for step in _stepwise(call, *_CHECKS):
        given = step.document.get("CheckType")
        if given not in _CHECKS[step.kind] and not is_token(given):
            yield at(step, "CheckType"), f"{given!r} in {step.name}; allowed: {', '.join(_CHECKS[step.kind])}"


@rule(CREATE, STEPS_PAGE, also=UPDATE, read="2026-11-28")
def pipelines_train_ensembles(call: Call) -> Iterator[Broken]:
    """An AutoML step takes CreateAutoMLJob's arguments with the mode ENSEMBLING."""
    for step in _stepwise(call, "AutoML"):
        mode = members_of(step.arguments.get("AutoMLJobConfig")).get("Mode")
        if mode != "ENSEMBLING" and not is_token(mode) and not function_of(mode):
            yield at(step, "Arguments.AutoMLJobConfig.Mode"), f"{mode!r} in {step.name}"
