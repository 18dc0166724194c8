"""The HTTP contract of a SageMaker model container as a plain ASGI application."""

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tabular.batch import MOST_MEGABYTES, BatchTransform
from tabular.errors import PayloadError
from tabular.payload import CSV, JSON, MEDIA_TYPES, answer
from tabular.predictor import Predictor

MAXIMUM_BODY_BYTES = 25 * 1024 * 1024
# Above this size the work is done in a thread, so that /ping keeps answering meanwhile.
INLINE_BODY_BYTES = 64 * 1024
CUSTOM_ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def log(level: str, message: str, **details: object) -> None:
    """Write one structured line to stdout, where CloudWatch Logs collects it."""
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "message": message}
    print(json.dumps(line | details), flush=True)


class Application:
    """Answers `/ping`, `/invocations` and, for transform jobs, `/execution-parameters` with one loaded model.

    With `batch`, bodies may have up to 100 MB, and a record that cannot be scored gets a placeholder.
    """

    def __init__(self, predictor: Predictor, batch: BatchTransform | None = None) -> None:
        self._predictor = predictor
        self._batch = batch
        self._answer = batch.answer if batch else answer
        self._maximum_body = MOST_MEGABYTES * 1024 * 1024 if batch else MAXIMUM_BODY_BYTES

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request; errors become a status and one plain sentence, never a traceback."""
        path, method = scope["path"], scope["method"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        echoed = [(name, value) for name, value in headers.items() if name == CUSTOM_ATTRIBUTES]
        try:
            if path == "/invocations":
                await self._invocations(method, headers, receive, send, echoed)
            elif path == "/ping":
                _only(("GET", "HEAD"), method)
                await _respond(send, 200, b"", [])
            elif path == "/execution-parameters" and self._batch:
                _only(("GET",), method)
                headers_sent = [(b"content-type", JSON.encode())]
                await _respond(send, 200, self._batch.execution_parameters(), headers_sent)
            else:
                raise PayloadError(f"no such path: {path} (known: /ping, /invocations)", 404)
        except PayloadError as error:
            log("error", str(error), status=error.status, path=path, method=method)
            await _respond(send, error.status, f"{error}\n".encode(), [*_error_headers(error), *echoed])
        except Exception:
            log("error", "the model failed", status=500, path=path, traceback=traceback.format_exc())
            reason = b"the model failed to answer; the container's log has the details\n"
            await _respond(send, 500, reason, [(b"content-type", b"text/plain; charset=utf-8"), *echoed])

    async def _invocations(
        self, method: str, headers: Mapping[bytes, bytes], receive: Receive, send: Send, echoed: Headers
    ) -> None:
        _only(("POST",), method)
        content_type = _content_type(headers.get(b"content-type", b""))
        accept = _accepted(headers.get(b"accept", b""), content_type)
        body = await _read_body(headers, receive, self._maximum_body)
        if body is None:
            return
        if len(body) <= INLINE_BODY_BYTES:
            response = self._answer(self._predictor, body, content_type, accept)
        else:
            response = await asyncio.to_thread(self._answer, self._predictor, body, content_type, accept)
        await _respond(send, 200, response, [(b"content-type", accept.encode()), *echoed])


async def _read_body(headers: Mapping[bytes, bytes], receive: Receive, maximum: int) -> bytes | None:
    """The whole body, or None when the client went away; PayloadError 413 as soon as it is too long."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > maximum:
        raise _too_large(maximum)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > maximum:
            raise _too_large(maximum)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _content_type(header: bytes) -> str:
    media_type = header.decode("latin-1").partition(";")[0].strip().lower() or CSV
    if media_type not in MEDIA_TYPES:
        known = " or ".join(MEDIA_TYPES)
        raise PayloadError(f"content type '{media_type}' is not supported; send {known}", 415)
    return media_type


def _accepted(header: bytes, content_type: str) -> str:
    """The best supported media type of an Accept header; the request's own type when any will do."""
    if not header or header == b"*/*":
        return content_type
    wishes: list[tuple[float, str]] = []
    for wish in header.decode("latin-1").lower().split(","):
        media_type, *parameters = (part.strip() for part in wish.split(";"))
        wishes.append((_quality(parameters), media_type))
    for quality, wish in sorted(wishes, key=lambda each: -each[0]):
        for candidate in (content_type, *MEDIA_TYPES):
            if quality > 0 and wish in (candidate, "*/*", candidate.partition("/")[0] + "/*"):
                return candidate
    shown = header.decode("latin-1")
    raise PayloadError(f"none of '{shown}' can be produced; accept {' or '.join(MEDIA_TYPES)}", 406)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _only(methods: tuple[str, ...], method: str) -> None:
    if method not in methods:
        raise PayloadError(f"method {method} is not allowed here; use {' or '.join(methods)}", 405)


def _too_large(maximum: int) -> PayloadError:
    return PayloadError(f"the body is larger than {maximum // 1024**2} MB", 413)


def _error_headers(error: PayloadError) -> Headers:
    headers: Headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if error.status == 405:
        headers.append((b"allow", b"POST" if "POST" in str(error).partition(";")[2] else b"GET, HEAD"))
    if error.status == 413:
        headers.append((b"connection", b"close"))
    return headers


async def _respond(send: Send, status: int, body: bytes, headers: Headers) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
