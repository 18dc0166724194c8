"""Every private part of MiniStack that the emulator touches; those of its CloudFormation are in `stack_hooks`.

MiniStack offers no extension points, so these are module-level tables and functions, looked up by name.
MiniStack is pinned exactly, and a test checks that each name in `HOOKS` still exists.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, cast

from emulator.ministack.scope import Scope

HOOKS: Mapping[str, Sequence[str]] = {
    "ministack.app": (
        "app",
        "SERVICE_HANDLERS",
        "_state_map",
        "_loaded_modules",
        "save_all",
        "_load_persisted_state",
        "_get_module",
        "_build_persistence_save_dict",
        "_dispatch_service_request",
        "_handle_special_data_plane_request",
        "fix_success_content_type",
        "fix_error_content_type",
        "call_service_handler_sync",
    ),
    "ministack.core.router": ("SERVICE_PATTERNS",),
    "ministack.core.persistence": ("load_state", "_json_default", "_state_format_version", "STATE_DIR"),
    "ministack.core.responses": (
        "get_account_id",
        "get_region",
        "request_scope",
        "StreamingResponse",
        "error_response_json",
        "json_response",
        "AccountScopedDict",
        "AccountRegionScopedDict",
    ),
    "ministack.services.cloudwatch": (
        "_alarms",
        "_composite_alarms",
        "_metrics",
        "_store_datum",
        "_dims_key",
        "_calc_stats",
        "_stat_value",
        "_evaluate_alarm",
        "_set_alarm_state",
        "first_alarm_time",
        "_dispatch_alarm_actions",
    ),
    "ministack.services.athena": (
        "_ensure_default_workgroup",
        "_executions",
        "_prepared_statements",
        "_workgroups",
    ),
    "ministack.services.codebuild": (
        "_build_id",
        "_builds",
        "_make_build_record",
        "_projects",
        "_start_build",
        "_stop_build",
    ),
    "ministack.services.ecs": ("_run_task", "_create_service", "_update_service", "_ACTION_MAP"),
    "ministack.services.eventbridge": (
        "_put_events",
        "_put_targets",
        "_invoke_target",
        "_pattern_event_view",
        "_apply_input_transformer",
        "_parse_cron_fields",
        "_cron_next_fire",
    ),
    "ministack.services.glue": (
        "_is_spark_job",
        "_resolve_script",
        "_execute_subprocess",
        "_start_crawler",
        "_crawlers",
        "_create_job",
        "_update_job",
        "_create_database",
        "_create_table",
        "_update_table",
    ),
    "ministack.services.scheduler": ("_create_schedule", "_update_schedule"),
    "ministack.services.apigateway_v1": (
        "_extract_lambda_ref_from_integration_uri",
        "_invoke_lambda_custom_v1",
        "_invoke_lambda_proxy_v1",
        "_gw_error",
        "_parse_service_integration_uri",
        "_render_request_template_v1",
        "_service_integration_response",
        "_create_request_validator",
        "_request_validators",
        "_resources",
    ),
    "ministack.services.ec2": (
        "_ACTION_MAP",
        "_VPCE_GATEWAY_SERVICES",
        "_VPCE_INTERFACE_SERVICES",
        "_error",
        "_network_interfaces",
        "_p",
        "_parse_filters",
        "_parse_member_list",
        "_xml",
        "get_region",
    ),
    "ministack.services.iam": ("_IAM_HANDLERS", "_error", "_p", "_roles", "_users", "_xml"),
    "ministack.core.iam_evaluator": (
        "EvalContext",
        "_gather_role_policies",
        "_gather_user_policies",
        "_permissions_boundary",
        "evaluate",
    ),
    "ministack.services.stepfunctions": ("_SERVICE_DISPATCH", "_ExecutionError"),
    "ministack.services.lambda_svc": (
        "_prune_orphan_code_blobs",
        "_execute_function_with_config_scope",
        "_execute_function",
        "_poll_kinesis",
        "_iter_all_esms",
        "_get_func_record_for_qualifier",
        "_apply_filter_criteria",
        "_kinesis_positions",
        "_esms",
        "_esm_wake",
        "_create_esm",
        "_update_esm",
        "_resolve_name_and_qualifier",
    ),
    "ministack.services.kinesis": ("_streams",),
    "ministack.services.sqs": ("_queue_by_arn",),
}
"""Names used, by module."""

Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[tuple[int, dict[str, str], Any]]]


def module(name: str) -> Any:
    """Import one of MiniStack's modules; `Any`, because nothing in it is typed."""
    return importlib.import_module(name)


def current_scope() -> Scope:
    """Account and region of the request being served."""
    responses = module("ministack.core.responses")
    return Scope(account=responses.get_account_id(), region=responses.get_region())


def in_scope(account: str, region: str) -> AbstractContextManager[None]:
    """Speak for an account and region outside a request."""
    return module("ministack.core.responses").request_scope(account, region)


def add_service(name: str, handler: Handler, target_prefixes: Sequence[str], hosts: Sequence[str] = ()) -> None:
    """Route requests signed for a service, with these `X-Amz-Target` prefixes, or to these hosts (patterns), to a
    handler.

    Without a routing pattern MiniStack loads every model of botocore to classify the first request.
    """
    module("ministack.core.router").SERVICE_PATTERNS[name] = {
        "target_prefixes": list(target_prefixes),
        "host_patterns": list(hosts),
    }
    module("ministack.app").SERVICE_HANDLERS[name] = handler


def keep_content_types(service: str) -> None:
    """Leave the content types of our own answers alone; MiniStack makes them uniform per protocol."""
    app = module("ministack.app")
    for name in ("fix_success_content_type", "fix_error_content_type"):
        original = getattr(app, name)

        def fix(asked: str, *others: Any, original: Callable[..., Any] = original) -> Any:
            return None if asked == service else original(asked, *others)

        setattr(app, name, fix)


def keep_buckets_called_iceberg() -> None:
    """Let S3 have requests for buckets whose name begins with `iceberg`.

    MiniStack takes their paths for those of its catalog of Iceberg tables, which are below `/iceberg/`.
    """
    app = module("ministack.app")
    original = app._handle_special_data_plane_request

    async def handle(method: str, path: str, *others: Any, **named: Any) -> Any:
        if path.startswith("/iceberg") and path.split("/")[1] != "iceberg":
            return None
        return await original(method, path, *others, **named)

    app._handle_special_data_plane_request = handle


def streamed(chunks: Generator[bytes]) -> Any:
    """A response body that is sent as it comes; the chunks are taken on a worker thread."""

    async def run(send: Callable[[dict[str, Any]], Awaitable[None]], receive: Any) -> None:
        del receive
        try:
            while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            await asyncio.to_thread(chunks.close)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return module("ministack.core.responses").StreamingResponse(run)


def wrap_service(name: str, wrap: Callable[[Handler], Handler]) -> None:
    """Put a handler in front of one of MiniStack's own."""
    handlers = module("ministack.app").SERVICE_HANDLERS
    handlers[name] = wrap(handlers[name])


def observe_requests(observer: Callable[[str, Mapping[str, str], bytes], None]) -> None:
    """Tell an observer of every answered request: method, headers, body."""
    app = module("ministack.app")
    original = app._dispatch_service_request

    async def dispatch(method: str, path: str, headers: dict[str, str], body: bytes, *others: Any) -> Any:
        try:
            return await original(method, path, headers, body, *others)
        finally:
            observer(method, headers, body)

    app._dispatch_service_request = dispatch


FunctionCall = Callable[[Any, Mapping[str, Any]], Mapping[str, Any]]
"""Calls a function with an event; in the result, `error` says that it has failed."""


def wrap_function_calls(wrap: Callable[[FunctionCall], FunctionCall]) -> None:
    """Put a call in front of the one by which other services call functions."""
    functions = module("ministack.services.lambda_svc")
    functions._execute_function_with_config_scope = wrap(functions._execute_function_with_config_scope)


def add_state_machine_integration(prefix: str, call: Callable[[str, dict[str, Any]], Any]) -> None:
    """Answer task states whose resource starts with `arn:aws:states:::` and this prefix."""
    module("ministack.services.stepfunctions")._SERVICE_DISPATCH[f"arn:aws:states:::{prefix}"] = call


Publish = Callable[[Scope, str, str, Sequence[str]], None]
"""Publishes an event: its detail type, its detail as JSON and the ARNs that it is about."""


def publisher(source: str) -> Publish:
    """Publishes events of `source` on the default bus, as often as `EMULATOR_EVENT_COPIES` says: AWS promises at
    least once."""
    copies = int(os.environ.get("EMULATOR_EVENT_COPIES", "1"))

    def publish(owner: Scope, kind: str, detail: str, resources: Sequence[str]) -> None:
        entry = {"Source": source, "DetailType": kind, "Detail": detail, "Resources": [*resources]}
        with in_scope(owner.account, owner.region):
            for _ in range(copies):
                module("ministack.services.eventbridge")._put_events({"Entries": [entry]}, allow_aws_source=True)

    return publish


def add_schedule_target(prefix: str, call: Callable[[str, str], None]) -> None:
    """Answer targets of schedules whose ARN begins with a prefix; the call gets the ARN and the target's input."""
    add_event_target(
        lambda arn: arn.startswith(prefix), lambda target, _: call(target["Arn"], str(target.get("Input") or "{}"))
    )


def add_event_target(
    handles: Callable[[str], bool], call: Callable[[Mapping[str, Any], Mapping[str, Any]], None]
) -> None:
    """Answer targets of rules and schedules by their ARN; the call gets the target, and the event with its detail."""
    eventbridge = module("ministack.services.eventbridge")
    others = eventbridge._invoke_target

    def invoke(target: Mapping[str, Any], event: Any, rule: Any, view: Any = None) -> None:
        if handles(str(target.get("Arn", ""))):
            call(target, (view or eventbridge._pattern_event_view(event)).event_with_detail())
        else:
            others(target, event, rule, view)

    eventbridge._invoke_target = invoke


def add_input_target(handles: Callable[[str], bool], call: Callable[[Mapping[str, Any], str], None]) -> None:
    """Answer targets of rules and schedules by their ARN; the call gets the target, and the input that the rule makes
    of the event, which is empty where it makes none."""
    eventbridge = module("ministack.services.eventbridge")
    others = eventbridge._invoke_target

    def invoke(target: Mapping[str, Any], event: Any, rule: Any, view: Any = None) -> None:
        if not handles(str(target.get("Arn", ""))):
            others(target, event, rule, view)
            return
        transformer = target.get("InputTransformer")
        known = view or eventbridge._pattern_event_view(event)
        made = eventbridge._apply_input_transformer(transformer, rule, known) if transformer else target.get("Input")
        call(target, str(made or ""))

    eventbridge._invoke_target = invoke


def fill_schedule_inputs(fill: Callable[[str, Mapping[str, Any], float], str]) -> None:
    """Give the input of each target of EventBridge Scheduler to `fill`, with the schedule and the time it is due."""
    eventbridge = module("ministack.services.eventbridge")
    others = eventbridge._invoke_target

    def invoke(target: Mapping[str, Any], event: Any, rule: Any, view: Any = None) -> None:
        if event.get("Source") == "aws.scheduler" and target.get("Input"):
            target = {**target, "Input": fill(str(target["Input"]), rule, float(event["Time"]))}
        others(target, event, rule, view)

    eventbridge._invoke_target = invoke


def observe_alarm_states(observer: Callable[[Mapping[str, Any], str, str, str], None]) -> None:
    """Tell an observer of every change of an alarm's state: the alarm, the states before and now, the reason."""
    cloudwatch = module("ministack.services.cloudwatch")
    others = cloudwatch._dispatch_alarm_actions

    def dispatch(alarm: Mapping[str, Any], before: str, now: str, reason: str) -> None:
        others(alarm, before, now, reason)
        observer(alarm, before, now, reason)

    cloudwatch._dispatch_alarm_actions = dispatch


def state_machine_error(name: str, cause: str) -> Exception:
    """An error that a state machine can catch by name."""
    return cast(Exception, module("ministack.services.stepfunctions")._ExecutionError(name, cause))


async def serve(port: int, stop: asyncio.Event) -> None:
    """Serve MiniStack on 127.0.0.1 until told to stop; raises OSError when the port is taken."""
    hypercorn_config, hypercorn_asyncio = module("hypercorn.config"), module("hypercorn.asyncio")
    config = hypercorn_config.Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    await hypercorn_asyncio.serve(module("ministack.app").app, config, shutdown_trigger=stop.wait)
