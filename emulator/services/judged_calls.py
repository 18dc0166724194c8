"""Calls of MiniStack's services that the catalogue of AWS's rules judges, by the API and from a template alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack import hooks, stack_hooks
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError

Answer = tuple[int, dict[str, str], bytes]
Judge = Callable[[Mapping[str, Any]], None]
Call = Callable[[Mapping[str, Any]], Answer]

_NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds")


def judge_calls(rules: AwsRules) -> None:
    """Refuse event source mappings of functions, and jobs of Glue, that Lambda and Glue would refuse."""
    rules.finds(_queue, "Queue")
    rules.finds(_function, "Function")
    _judge_mappings(rules)
    _judge_jobs(rules)


def _queue(_kind: str, arn: str) -> Mapping[str, Any] | None:
    queue: Mapping[str, Any] | None = hooks.module("ministack.services.sqs")._queue_by_arn(arn)
    if queue is None:
        return None
    attributes: Mapping[str, str] = queue["attributes"]
    return {"VisibilityTimeout": int(attributes["VisibilityTimeout"]), "FifoQueue": bool(queue["is_fifo"])}


def _function(_kind: str, reference: str) -> Mapping[str, Any] | None:
    functions = hooks.module("ministack.services.lambda_svc")
    _, configuration = functions._get_func_record_for_qualifier(*functions._resolve_name_and_qualifier(reference))
    return configuration


def _judge_mappings(rules: AwsRules) -> None:
    functions = hooks.module("ministack.services.lambda_svc")
    update: Callable[[str, Mapping[str, Any]], Answer] = functions._update_esm

    def judge(mapping: Mapping[str, Any]) -> None:
        # Numbers of a template may be text.
        numbers = {name: int(mapping[name]) for name in _NUMBERS if mapping.get(name) is not None}
        rules.refuse("CreateEventSourceMapping", {**mapping, **numbers}, "InvalidParameterValueException")

    def update_judged(identifier: str, request: Mapping[str, Any]) -> Answer:
        known: Mapping[str, Any] = functions._esms.get(identifier) or {}
        # Lambda validates an update as it does a new mapping.
        whole = {**known, "FunctionName": known.get("FunctionArn", ""), **request}
        return _refusal(judge, whole) or update(identifier, request)

    functions._create_esm = _judged(judge, functions._create_esm)
    functions._update_esm = update_judged
    stack_hooks.check_properties("AWS::Lambda::EventSourceMapping", judge)


def _judge_jobs(rules: AwsRules) -> None:
    glue = hooks.module("ministack.services.glue")

    def judge(job: Mapping[str, Any]) -> None:
        rules.refuse("CreateJob", job, "InvalidInputException")

    def judge_update(request: Mapping[str, Any]) -> None:
        # It is a whole definition, which takes the place of the one before.
        judge(request.get("JobUpdate") or {})

    glue._create_job = _judged(judge, glue._create_job)
    glue._update_job = _judged(judge_update, glue._update_job)
    stack_hooks.check_properties("AWS::Glue::Job", judge)


def _judged(judge: Judge, call: Call) -> Call:
    return lambda request: _refusal(judge, request) or call(request)


def _refusal(judge: Judge, request: Mapping[str, Any]) -> Answer | None:
    try:
        judge(request)
    except ServiceError as error:
        return hooks.module("ministack.core.responses").error_response_json(error.code, error.message, error.status)
    return None
