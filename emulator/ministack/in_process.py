"""Call one of the emulator's services from within, as a client would, but without a network round trip."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from emulator.ministack import hooks
from emulator.ministack.state_copies import StateLock
from emulator.shapes.errors import ServiceError
from emulator.shapes.service_model import service_model

_TIMEOUT_SECONDS = 60.0
_HANDLERS = {"cloudwatch": "monitoring"}


@cache
def _protocol(service: str) -> tuple[Any, Any]:
    model: Any = service_model(service)
    # MiniStack speaks the query protocol wherever a service has it beside a newer one.
    protocol = "query" if "query" in model.metadata.get("protocols", ()) else model.resolved_protocol
    serializer = importlib.import_module("botocore.serialize").create_serializer(protocol, False)
    parser = importlib.import_module("botocore.parsers").create_parser(protocol)
    return serializer, parser


def _query(request: Mapping[str, Any]) -> tuple[str, dict[str, list[str]]]:
    path, _, fixed = str(request["url_path"]).partition("?")
    query = {name: [value] for name, value in parse_qsl(fixed, keep_blank_values=True)}
    extra: Any = request["query_string"]
    pairs: Any = parse_qsl(extra) if isinstance(extra, str) else extra.items()
    query.update({str(name): [str(value)] for name, value in pairs})
    return path, query


def call(service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation and return its output. Call it from a worker thread, never from the event loop.

    Args:
        service: botocore's name of the service.
        operation: Such as `PutBucketTagging`.
        request: Input, as for boto3.

    Raises:
        ServiceError: The service answered with an error.
    """
    StateLock.refuse_to_wait(f"{operation} of {service}")
    model = service_model(service).operation_model(operation)
    serializer, parser = _protocol(service)
    sent: Mapping[str, Any] = serializer.serialize_to_request(dict(request), model)
    body: Any = sent["body"]
    encoded: bytes = urlencode(cast(dict[str, str], body)).encode() if isinstance(body, dict) else body or b""
    path, query = _query(sent)
    headers = {str(name).lower(): str(value) for name, value in sent["headers"].items()}
    headers.setdefault("host", "127.0.0.1")
    app = hooks.module("ministack.app")
    status, answered, content = app.call_service_handler_sync(
        app.SERVICE_HANDLERS[_HANDLERS.get(service, service)],
        sent["method"],
        path,
        headers,
        encoded,
        query,
        _TIMEOUT_SECONDS,
    )
    content = content.encode() if isinstance(content, str) else content
    response: dict[str, Any] = parser.parse(
        {"status_code": status, "headers": answered, "body": content}, model.output_shape
    )
    if status >= 300:
        error: dict[str, Any] = response.get("Error", {})
        raise ServiceError(str(error.get("Code", status)), f"{operation}: {error.get('Message', content[:300])}")
    return response
