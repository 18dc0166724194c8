"""SageMaker's HTTP face: the JSON protocol of the control plane and the REST paths of the runtime."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from emulator.ministack import hooks
from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.invocations.asynchronous import AsynchronousRuntime
from emulator.sagemaker.invocations.runtime import Runtime
from emulator.sagemaker.invocations.streaming import StreamingRuntime
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.sagemaker")

Response = tuple[int, dict[str, str], bytes]

_INVOCATION = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")


def json_response(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A response of the JSON protocol."""
    return status, {"Content-Type": "application/x-amz-json-1.1", **(headers or {})}, json.dumps(body).encode()


def error_response(error: ServiceError) -> Response:
    """The response that SDKs read an error from."""
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.details}
    return json_response(error.status, body, {"x-amzn-ErrorType": error.code})


class SageMakerService:
    """Routes requests signed for `sagemaker`.

    Args:
        api: The control plane.
        runtime: The invocations.
        asynchronous: The asynchronous ones.
        streaming: Those answered by a stream.
    """

    def __init__(
        self, api: SageMakerApi, runtime: Runtime, asynchronous: AsynchronousRuntime, streaming: StreamingRuntime
    ) -> None:
        self._api = api
        self._streaming = streaming
        self._invocations: Mapping[str, Callable[[str, bytes, Mapping[str, str]], Response]] = {
            "invocations": runtime.invoke,
            "async-invocations": asynchronous.invoke,
        }

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        """Answer one request; every failure becomes an error response."""
        del query
        try:
            target = headers.get("x-amz-target", "")
            if target:
                return json_response(200, self._api.call(target.rsplit(".", 1)[-1], parsed_body(body)))
            found = _INVOCATION.fullmatch(path)
            if found and found[2] == "invocations-response-stream" and method == "POST":
                status, given, events = await asyncio.to_thread(
                    self._streaming.invoke, unquote(found[1]), body, headers
                )
                return status, given, hooks.streamed(events)
            invoke = self._invocations.get(found[2]) if found and method == "POST" else None
            if found and invoke:
                return await asyncio.to_thread(invoke, unquote(found[1]), body, headers)
            what = found[2] if found else path
            raise ServiceError("UnsupportedOperation", f"The emulator does not implement {method} {what}.")
        except ServiceError as error:
            return error_response(error)


def parsed_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; raises ServiceError when it is none."""
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"The request body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ServiceError("SerializationException", "The request body must be a JSON object.")
    return parsed  # pyright: ignore[reportUnknownVariableType]
