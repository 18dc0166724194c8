"""The contract of a container with one model: `/ping`, `/invocations` and, in transform jobs, its wishes."""

from asyncio import AbstractEventLoop
from time import perf_counter
from typing import cast

from serving.errors import RequestError
from serving.handler import Handler
from serving.http.conversation import PATH as CONVERSATION
from serving.http.conversation import converse, refuse_connection
from serving.http.invocation import MAXIMUM_BODY_BYTES, invoke, not_allowed, refuse
from serving.http.protocol import HttpProtocol, Scope, WebSocketProtocol
from serving.observed.metrics import Metrics


class Application:
    """Answers `/ping`, `/invocations`, `/metrics`, the WebSocket `/invocations-bidirectional-stream` and, with
    `execution_parameters`, `/execution-parameters` instead of it.

    `maximum_body` is in bytes. Contracts:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
    """

    def __init__(
        self,
        handler: Handler,
        metrics: Metrics,
        *,
        execution_parameters: bytes | None = None,
        maximum_body: int = MAXIMUM_BODY_BYTES,
    ) -> None:
        self._handler = handler
        self._metrics = metrics
        self._execution_parameters = execution_parameters
        self._maximum_body = maximum_body

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        self._metrics.begin(loop)

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        self._metrics.end()

    async def __rsgi__(self, scope: Scope, protocol: HttpProtocol) -> None:
        """Answer one HTTP request; errors become a status and one plain sentence, never a traceback."""
        path, method = scope.path, scope.method
        if path == "/invocations" and method == "POST":
            begin = perf_counter()
            status = await invoke(self._handler, scope, protocol, self._maximum_body)
            self._metrics.count(status, perf_counter() - begin)
        elif scope.proto == "ws":
            await self._converse(scope, cast("WebSocketProtocol", protocol))
        elif path == "/invocations":
            not_allowed(scope, protocol, ("POST",))
        elif path == "/ping":
            ping(scope, protocol)
        elif path == "/metrics":
            show(scope, protocol, self._metrics)
        elif path == "/execution-parameters" and self._execution_parameters is not None:
            if method == "GET":
                protocol.response_bytes(200, [("content-type", "application/json")], self._execution_parameters)
            else:
                not_allowed(scope, protocol, ("GET",))
        else:
            known = f"/ping, /invocations, {CONVERSATION} as WebSocket, /metrics"
            refuse(scope, protocol, RequestError(f"no such path: {path} (known: {known})", 404))

    async def _converse(self, scope: Scope, protocol: WebSocketProtocol) -> None:
        if scope.path == CONVERSATION and self._execution_parameters is None:
            await converse(self._handler, scope, protocol)
        else:
            refuse_connection(scope, protocol)


def ping(scope: Scope, protocol: HttpProtocol) -> None:
    """200 with an empty body: the server listens only after its model is loaded and has answered once."""
    if scope.method in ("GET", "HEAD"):
        protocol.response_bytes(200, [], b"")
    else:
        not_allowed(scope, protocol, ("GET", "HEAD"))


def show(scope: Scope, protocol: HttpProtocol, metrics: Metrics) -> None:
    """The counters in Prometheus' format, as detailed observability collects them."""
    if scope.method == "GET":
        protocol.response_bytes(200, [("content-type", "text/plain; version=0.0.4")], metrics.text())
    else:
        not_allowed(scope, protocol, ("GET",))
