"""API Gateway's integrations that MiniStack lacks: the SageMaker runtime, and functions that stream their answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks
from emulator.ministack.hooks import Handler
from emulator.shapes.aws_rules import broken

COVERAGE = (
    Coverage(
        "API Gateway",
        real="direct integration with the SageMaker runtime, functions that stream their answer, request validators,"
        " API keys, usage plans; outputs of stacks have the URL that leads here",
        recorded="streaming itself (a function's answer comes in one piece, when it is complete), throttling,"
        " signatures, web ACLs (nothing is blocked)",
    ),
)


_INVOCATIONS = re.compile(r"endpoints/[^/]+/invocations")
_STREAMING = "/response-streaming-invocations"


def add_runtime_integration(invoke: Handler) -> None:
    """Answer REST methods whose URI is `…:runtime.sagemaker:path/endpoints/<name>/invocations`.

    The request template of the body's content type is applied, and the integration responses choose the status,
    as for any other service.

    Args:
        invoke: The handler of SageMaker requests.
    """
    gateway = hooks.module("ministack.services.apigateway_v1")
    of_functions = gateway._invoke_lambda_custom_v1

    async def integrate(
        integration: dict[str, Any],
        api_id: str,
        stage_name: str,
        stage: dict[str, Any],
        resource: dict[str, Any],
        request_path: str,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, Any],
        path_parameters: Mapping[str, str],
        **options: Any,
    ) -> Any:
        place = gateway._parse_service_integration_uri(integration.get("uri", ""))
        if not place or place[1] != "runtime.sagemaker" or not _INVOCATIONS.fullmatch(place[3]):
            given = (integration, api_id, stage_name, stage, resource, request_path, method, headers, body, query)
            return await of_functions(*given, path_parameters, **options)
        if not _may_assume(str(integration.get("credentials", ""))):
            return gateway._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        content_type = _header(headers, "content-type") or "application/json"
        text = (body or b"").decode("utf-8", errors="replace")
        template = _template(integration, content_type)
        rendered = gateway._render_request_template_v1(template, text, dict(headers), {}) if template else text
        account = options["owner_account_id"] or hooks.current_scope().account
        with hooks.in_scope(account, place[0]):
            status, _, answer = await invoke(
                "POST", f"/{place[3]}", {"content-type": content_type}, rendered.encode(), {}
            )
        accepted = (_header(headers, "accept") or "application/json").split(",")[0]
        return gateway._service_integration_response(integration, status, answer.decode(), accepted, {}, {})

    gateway._invoke_lambda_custom_v1 = integrate


def add_streaming_integration() -> None:
    """Call the functions of integrations that stream; their answer comes in one piece, when it is whole."""
    gateway = hooks.module("ministack.services.apigateway_v1")
    function_of: Callable[[str], str] = gateway._extract_lambda_ref_from_integration_uri

    def streaming_function_of(uri: str) -> str:
        return function_of(uri.replace(_STREAMING, "/invocations"))

    gateway._extract_lambda_ref_from_integration_uri = streaming_function_of
    call_function = gateway._invoke_lambda_proxy_v1

    async def call_within_limits(integration: dict[str, Any], *others: Any, **options: Any) -> Any:
        # The body is the largest argument.
        size = max((len(other) for other in others if isinstance(other, bytes)), default=0)
        if _STREAMING in integration.get("uri", "") and broken("Invoke", {"PayloadBytes": size}):
            return gateway._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
        return await call_function(integration, *others, **options)

    gateway._invoke_lambda_proxy_v1 = call_within_limits


def _may_assume(role_arn: str) -> bool:
    role: Mapping[str, Any] | None = hooks.module("ministack.services.iam")._roles.get(role_arn.rpartition("/")[2])
    return not broken("AssumeRole", role or {})


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _template(integration: Mapping[str, Any], content_type: str) -> str | None:
    media_type = content_type.partition(";")[0].strip().lower()
    templates: Mapping[str, str] = integration.get("requestTemplates") or {}
    return next((text for key, text in templates.items() if key.lower() == media_type), None)
