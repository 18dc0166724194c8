"""One invocation of one model: read the body, let the handler answer, send what it says."""

import asyncio
import traceback
from collections.abc import Iterator

from granian.rsgi import ProtocolClosed, ProtocolError  # pyright: ignore[reportPrivateImportUsage]

from serving.errors import RequestError
from serving.handler import Handler, Request
from serving.http.protocol import Headers, HttpProtocol, RequestHeaders, Scope
from serving.http.session_handler import SessionHandler
from serving.observed.logs import log

MAXIMUM_BODY_BYTES = 25 * 1024 * 1024
CUSTOM_ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"
REQUEST_ID = "x-amzn-requestid"
SESSION_ID = "x-amzn-sagemaker-session-id"
PLAIN_TEXT = ("content-type", "text/plain; charset=utf-8")


async def invoke(handler: Handler, scope: Scope, protocol: HttpProtocol, maximum_body: int) -> int:
    """Answer with 200, or with the status and the sentence of a RequestError, or with 500 and no details.

    Returns the status.
    """
    headers = scope.headers
    attributes = headers.get(CUSTOM_ATTRIBUTES, "")
    try:
        body = await read_body(headers, protocol, maximum_body)
        session = headers.get(SESSION_ID, "")
        if session and not isinstance(handler, SessionHandler):
            raise RequestError("this container keeps no sessions: SAGEMAKER_ENABLE_STATEFUL_SESSIONS is not true")
        request = Request(body, headers.get("content-type", ""), headers.get("accept", ""), attributes, session)
        if len(body) <= handler.inline_bytes:
            response = handler.answer(request)
        else:
            response = await asyncio.to_thread(handler.answer, request)
    except RequestError as error:
        return refuse(scope, protocol, error)
    except Exception:
        return fail(scope, protocol)
    sent = [("content-type", response.content_type), *response.headers.items()]
    if attributes and CUSTOM_ATTRIBUTES not in response.headers:
        sent.append((CUSTOM_ATTRIBUTES, attributes))
    if isinstance(response.body, bytes):
        protocol.response_bytes(200, sent, response.body)
        return 200
    return await _stream(scope, protocol, sent, response.body)


async def read_body(headers: RequestHeaders, protocol: HttpProtocol, maximum: int) -> bytes:
    """The whole body; RequestError with status 413 as soon as it is too long, 400 when it ends early."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > maximum:
        raise _too_large(maximum)
    try:
        return await protocol() if declared else await _read_chunks(protocol, maximum)
    except (ProtocolClosed, ProtocolError):
        raise RequestError("the request ended before its body did") from None


async def _read_chunks(protocol: HttpProtocol, maximum: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in protocol:
        size += len(chunk)
        if size > maximum:
            raise _too_large(maximum)
        chunks.append(chunk)
    return b"".join(chunks)


def refuse(scope: Scope, protocol: HttpProtocol, error: RequestError) -> int:
    """Send the status and the one sentence of an error that the caller can mend, and log it; returns the status."""
    log("error", str(error), status=error.status, method=scope.method, **_request(scope))
    headers = [PLAIN_TEXT, *_echoed(scope)]
    if error.status == 413:
        headers.append(("connection", "close"))
    protocol.response_bytes(error.status, headers, f"{error}\n".encode())
    return error.status


def fail(scope: Scope, protocol: HttpProtocol) -> int:
    """Send 500 for the exception in hand, whose details are only in the log; returns the status."""
    log("error", "the model failed", status=500, **_request(scope), traceback=traceback.format_exc())
    reason = b"the model failed to answer; the container's log has the details\n"
    protocol.response_bytes(500, [PLAIN_TEXT, *_echoed(scope)], reason)
    return 500


def not_allowed(scope: Scope, protocol: HttpProtocol, allowed: tuple[str, ...]) -> None:
    """Send 405 with the methods that are allowed."""
    reason = f"method {scope.method} is not allowed here; use {' or '.join(allowed)}"
    log("error", reason, status=405, method=scope.method, **_request(scope))
    protocol.response_bytes(405, [PLAIN_TEXT, ("allow", ", ".join(allowed))], f"{reason}\n".encode())


async def _stream(scope: Scope, protocol: HttpProtocol, headers: Headers, chunks: Iterator[bytes]) -> int:
    transport = None
    try:
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            transport = transport or protocol.response_stream(200, headers)
            await transport.send_bytes(chunk)
    except Exception as error:
        # Once the status is sent, the answer can only end here: nothing more can be told to the client.
        if transport is not None:
            log("error", "the model failed while it streamed", **_request(scope), traceback=traceback.format_exc())
            return 500
        return refuse(scope, protocol, error) if isinstance(error, RequestError) else fail(scope, protocol)
    if transport is None:
        protocol.response_bytes(200, headers, b"")
    return 200


def _request(scope: Scope) -> dict[str, str]:
    """What a log line says of the request: its path, the model in it, and the ids that the client gave it."""
    described = {"path": scope.path}
    match scope.path.split("/")[1:]:
        case ["models", name, *_]:
            described["model"] = name
        case _:
            pass
    for field, header in (("request_id", REQUEST_ID), ("session", SESSION_ID)):
        if value := scope.headers.get(header, ""):
            described[field] = value
    return described


def _echoed(scope: Scope) -> Headers:
    attributes = scope.headers.get(CUSTOM_ATTRIBUTES, "")
    return [(CUSTOM_ATTRIBUTES, attributes)] if attributes else []


def _too_large(maximum: int) -> RequestError:
    return RequestError(f"the body is larger than {maximum // 1024**2} MB", 413)
