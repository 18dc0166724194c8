"""Athena's requests: what concerns executions is answered here, all else by MiniStack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.ministack import hooks
from emulator.services.athena.executions import QueryExecutions
from emulator.services.athena.tables.objects import ObjectClient
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate


def add_athena(s3: ObjectClient, state: Path, changed: Callable[[], None]) -> None:
    """Carry out queries."""
    executions = QueryExecutions(s3, state, hooks.publisher("aws.athena"), changed)
    kept = hooks.module("ministack.services.athena")

    def wrap(others: hooks.Handler) -> hooks.Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> tuple[int, dict[str, str], Any]:
            operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            answer = executions.operations.get(operation)
            if answer is None:
                return await others(method, path, headers, body, query)
            kept._ensure_default_workgroup()
            try:
                request = parsed_body(body)
                validate(service_model("athena").operation_model(operation).input_shape, request)
                # Results are read from S3, that is from this server.
                return json_response(200, await asyncio.to_thread(_answered, answer, request))
            except ServiceError as error:
                return error_response(error)

        return handle

    hooks.wrap_service("athena", wrap)


def _answered(answer: Callable[[Mapping[str, Any]], dict[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    return answer(request)
