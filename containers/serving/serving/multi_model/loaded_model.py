"""A loaded model that is closed only when nobody uses it any more."""

from threading import Condition
from types import TracebackType

from serving.errors import RequestError
from serving.handler import Handler


class LoadedModel:
    """Lends its handler: `with model as handler`. Safe to use from several threads."""

    def __init__(self, name: str, handler: Handler) -> None:
        self._name = name
        self._handler: Handler | None = handler
        self._users = 0
        self._idle = Condition()

    def __enter__(self) -> Handler:
        with self._idle:
            if self._handler is None:
                raise RequestError(f"model '{self._name}' is not loaded", 404)
            self._users += 1
            return self._handler

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._idle:
            self._users -= 1
            self._idle.notify_all()

    def close(self) -> None:
        """Lend no more, wait for those who use the model, and close it."""
        with self._idle:
            handler, self._handler = self._handler, None
            self._idle.wait_for(lambda: self._users == 0)
        if handler is not None:
            handler.close()
