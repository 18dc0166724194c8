"""SageMaker's HTTP face: the JSON protocol of the control plane and the REST paths of the runtime."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from emulator.containers.invocation import Invocation
from emulator.ministack import hooks
from emulator.sagemaker.api.control_plane import SageMakerApi
from emulator.sagemaker.features.runtime import FeatureRuntime
from emulator.sagemaker.invocations.asynchronous import AsynchronousRuntime
from emulator.sagemaker.invocations.runtime import Runtime
from emulator.sagemaker.invocations.streaming import StreamingRuntime
from emulator.sagemaker.tracking.tracking import ARN_HEADERS, Tracking
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, error_response, json_response, parsed_body

logger = logging.getLogger("emulator.sagemaker")

_INVOCATION = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")


class SageMakerService:
    """Routes requests signed for `sagemaker`.

    Args:
        api: The control plane.
        runtime: The invocations.
        asynchronous: The asynchronous ones.
        streaming: Those answered by a stream.
        tracking: Requests of MLflow's clients.
        features: Records of feature groups.
    """

    def __init__(
        self,
        api: SageMakerApi,
        runtime: Runtime,
        asynchronous: AsynchronousRuntime,
        streaming: StreamingRuntime,
        tracking: Tracking,
        features: FeatureRuntime,
    ) -> None:
        self._api = api
        self._tracking = tracking
        self._features = features
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
            records = self._features.read(method, path, query, body)
            if records:
                return await asyncio.to_thread(self._features.answer, records)
            what = found[2] if found else path
            raise ServiceError("UnsupportedOperation", f"The emulator does not implement {method} {what}.")
        except ServiceError as error:
            return error_response(error)
