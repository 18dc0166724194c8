"""SageMaker's HTTP face: the JSON protocol of the control plane and the REST paths of the runtime."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

from emulator.containers.invocation import Invocation
from emulator.ministack import hooks
from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.invocations.asynchronous import AsynchronousRuntime
from emulator.sagemaker.invocations.runtime import Runtime
from emulator.sagemaker.invocations.streaming import StreamingRuntime
from emulator.sagemaker.tracking.tracking import ARN_HEADERS, Tracking
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, error_response, json_response, parsed_body
from emulator.shapes.rest_json import RestCall

logger = logging.getLogger("emulator.sagemaker")

_INVOCATION = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")


class PathApi(Protocol):
    """An API that is known by its paths, where all sign for the same service."""

    def read(self, method: str, path: str, query: Mapping[str, Any], body: bytes) -> RestCall | None:
        """Read a request; None for one of another API."""
        ...

    def answer(self, call: RestCall) -> Response:
        """Answer a request; blocks."""
        ...


class SageMakerService:
    """Routes requests signed for `sagemaker`.

    Args:
        api: The control plane.
        runtime: The invocations.
        asynchronous: The asynchronous ones.
        streaming: Those answered by a stream.
        tracking: Requests of MLflow's clients.
        others: APIs of their own, by their paths: records of feature groups, human loops.
    """

    def __init__(
        self,
        api: SageMakerApi,
        runtime: Runtime,
        asynchronous: AsynchronousRuntime,
        streaming: StreamingRuntime,
        tracking: Tracking,
        others: Sequence[PathApi],
    ) -> None:
        self._api = api
        self._tracking = tracking
        self._others = others
        self._streaming = streaming
        self._invocations: Mapping[str, Callable[[str, bytes, Mapping[str, str]], Response]] = {
            "invocations": lambda name, body, headers: runtime.invoke(name, Invocation.received(body, headers)),
            "async-invocations": asynchronous.invoke,
        }

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        """Answer one request; every failure becomes an error response."""
        if any(name in headers for name in ARN_HEADERS):
            return await asyncio.to_thread(self._tracking.forward, method, path, headers, body, query)
        try:
            target = headers.get("x-amz-target", "")
            if target:
                operation = target.rsplit(".", 1)[-1]
                if self._api.waits(operation):
                    return json_response(200, await asyncio.to_thread(self._api.call, operation, parsed_body(body)))
                return json_response(200, self._api.call(operation, parsed_body(body)))
            found = _INVOCATION.fullmatch(path)
            if found and found[2] == "invocations-response-stream" and method == "POST":
                invocation = Invocation.received(body, headers)
                status, given, events = await asyncio.to_thread(self._streaming.invoke, unquote(found[1]), invocation)
                return status, given, hooks.streamed(events)
            invoke = self._invocations.get(found[2]) if found and method == "POST" else None
            if found and invoke:
                return await asyncio.to_thread(invoke, unquote(found[1]), body, headers)
            for other in self._others:
                asked = other.read(method, path, query, body)
                if asked:
                    return await asyncio.to_thread(other.answer, asked)
            what = found[2] if found else path
            raise ServiceError("UnsupportedOperation", f"The emulator does not implement {method} {what}.")
        except ServiceError as error:
            return error_response(error)
