"""Sessions around any handler: opened, continued and closed as the contract says."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import orjson

from serving.errors import RequestError
from serving.handler import Conversation, Handler, Request, Response
from serving.http.conversation import begin
from serving.http.sessions import Session, SessionStore

NEW_SESSION = "NEW_SESSION"
OPENED = "x-amzn-sagemaker-new-session-id"
CLOSED = "x-amzn-sagemaker-closed-session-id"
# A body that asks for nothing but a session is as short as this.
_REQUEST_BYTES = 256


class SessionHandler:
    """Gives the requests of a session its folder, one request at a time.

    `NEW_SESSION` as the session's id opens one, for this request and the following. The body
    `{"requestType": "NEW_SESSION"}` opens one and asks the model nothing, `{"requestType": "CLOSE"}` closes the
    session; a model closes it with `request.session.close()`. A request of no session is answered as ever.
    """

    # A request may have to wait for the one before it in its session, which the event loop must not.
    inline_bytes = 0

    def __init__(self, handler: Handler, sessions: SessionStore) -> None:
        self._handler = handler
        self._sessions = sessions

    def answer(self, request: Request) -> Response:
        """Answer one request. Raises RequestError: 404 no such session, 429 too many, 400 no session to close."""
        wish = _wish(request.body)
        if not request.session_id:
            if wish:
                raise RequestError(f"{wish} needs the session's id, or NEW_SESSION, as SessionId")
            return self._handler.answer(request)
        new = request.session_id == NEW_SESSION
        session = self._sessions.open() if new else self._sessions.take(request.session_id)
        try:
            if wish == "CLOSE":
                session.close()
            response = (
                Response(b"", "text/plain") if wish else self._handler.answer(replace(request, session=session))
            )
        except BaseException:
            if new:
                session.close()
            session.release()
            raise
        headers = dict(response.headers)
        if new:
            headers[OPENED] = f"{session.id}; Expires={session.expires}"
        if not isinstance(response.body, bytes):
            return replace(response, headers=headers, body=_held(session, response.body))
        if session.closed:
            headers[CLOSED] = session.id
        session.release()
        return replace(response, headers=headers)

    def converse(self) -> Conversation:
        """Begin a conversation with the handler; it needs no session, since it has a connection of its own."""
        return begin(self._handler)

    def close(self) -> None:
        """Close the handler."""
        self._handler.close()


def _wish(body: bytes) -> str:
    if len(body) <= _REQUEST_BYTES and b"requestType" in body:
        with suppress(orjson.JSONDecodeError):
            document = orjson.loads(body)
            if document in ({"requestType": NEW_SESSION}, {"requestType": "CLOSE"}):
                return str(document["requestType"])
    return ""


def _held(session: Session, chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        session.release()
