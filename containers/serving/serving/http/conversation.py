"""Bidirectional streaming: a WebSocket connection on which messages are answered while others arrive.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html. granian answers the
ping frames that SageMaker sends every 60 s as long as somebody reads, so reading never waits for the model.
"""

import asyncio
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import cast

import orjson
from granian.rsgi import ProtocolClosed  # pyright: ignore[reportPrivateImportUsage]

from serving.errors import RequestError
from serving.formats.media_types import CSV, JSON
from serving.handler import Conversation, ConversingHandler, Handler, Message, Request
from serving.http.protocol import FrameTransport, Scope, WebSocketProtocol
from serving.observed.logs import log

PATH = "/invocations-bidirectional-stream"
# What may wait for the model; a client that sends faster is slowed down by its own connection.
WAITING_MESSAGES = 16
_END = 0


async def converse(handler: Handler, scope: Scope, protocol: WebSocketProtocol) -> None:
    """Hold one conversation, until the client ends it.

    A message that cannot be answered ends it too, with `{"error": "…"}` as the last message: the sentence of a
    RequestError, or one without details when the model itself failed.
    """
    transport = await protocol.accept()
    conversation = begin(handler)
    arriving: asyncio.Queue[Message | None] = asyncio.Queue(WAITING_MESSAGES)
    reading = asyncio.create_task(_read(transport, arriving))
    reason = ""
    try:
        while (message := await arriving.get()) is not None:
            async for answer in _answers(conversation, message, handler.inline_bytes):
                await _send(transport, answer)
    except ProtocolClosed:
        pass
    except RequestError as error:
        reason = str(error)
        log("error", reason, path=scope.path)
    except Exception:
        reason = "the model failed to answer; the container's log has the details"
        log("error", "the model failed in a conversation", path=scope.path, traceback=traceback.format_exc())
    finally:
        reading.cancel()
        conversation.close()
    with suppress(ProtocolClosed):
        if reason:
            await transport.send_str(orjson.dumps({"error": reason}).decode())
    protocol.close()


def refuse_connection(scope: Scope, protocol: WebSocketProtocol) -> None:
    """Refuse a WebSocket connection to a path, or of a container, that takes none."""
    log("error", f"no WebSocket connection is taken at {scope.path}", status=404, path=scope.path)
    protocol.close(404)


def begin(handler: Handler) -> Conversation:
    """A conversation of the handler's own, or one that answers each message as an invocation."""
    if hasattr(handler, "converse"):
        return cast("ConversingHandler", handler).converse()
    return RecordConversation(handler)


class RecordConversation:
    """Answers each message as one invocation: JSON when it begins like a document or list, CSV otherwise."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def answer(self, message: Message) -> Iterator[Message]:
        """The answer, or its chunks; text is answered with text and bytes with bytes."""
        body = message.encode() if isinstance(message, str) else message
        media_type = JSON if body.lstrip()[:1] in (b"[", b"{") else CSV
        answered = self._handler.answer(Request(body, media_type, "")).body
        for chunk in (answered,) if isinstance(answered, bytes) else answered:
            yield chunk.decode(errors="replace") if isinstance(message, str) else chunk

    def close(self) -> None:
        """Nothing is remembered."""


async def _read(transport: FrameTransport, arriving: "asyncio.Queue[Message | None]") -> None:
    with suppress(ProtocolClosed):
        while (frame := await transport.receive()).kind != _END:
            await arriving.put(frame.data)
    await arriving.put(None)


async def _answers(conversation: Conversation, message: Message, inline_bytes: int) -> AsyncIterator[Message]:
    if len(message) <= inline_bytes:
        for answer in conversation.answer(message):
            yield answer
        return
    answers = iter(await asyncio.to_thread(conversation.answer, message))
    while (answer := await asyncio.to_thread(next, answers, None)) is not None:
        yield answer


async def _send(transport: FrameTransport, message: Message) -> None:
    await (transport.send_str(message) if isinstance(message, str) else transport.send_bytes(message))
