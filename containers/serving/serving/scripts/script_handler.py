"""Models with the functions that SageMaker's users know: model_fn, input_fn, predict_fn, output_fn."""

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from serving.errors import ModelError, RequestError
from serving.handler import Conversation, Message, Request, Response
from serving.http.conversation import RecordConversation
from serving.scripts.default_functions import input_fn, model_fn, output_fn, predict_fn
from serving.scripts.script_context import ScriptContext
from serving.settings import Settings

Function = Callable[..., Any]


class ScriptConversation:
    """A conversation with a script's `stream_fn`; its context remembers until the connection ends."""

    def __init__(self, stream: Function, model: Any, context: ScriptContext) -> None:
        self._stream = stream
        self._model = model
        self._context = context

    def answer(self, message: Message) -> Iterable[Message]:
        """What the script says to one message."""
        try:
            said = self._stream(message, self._model, self._context)
        except ValueError as error:
            raise RequestError(str(error)) from error
        if said is None:
            return ()
        return (said,) if isinstance(said, str | bytes) else said

    def close(self) -> None:
        """The script is told nothing; its state goes with the context."""


class ScriptHandler:
    """Answers through the functions of a script, and through ours for those that it does not have.

    - `model_fn(model_dir)` loads the model; without it, LightGBM's `model.txt` is loaded.
    - `input_fn(body, content_type)`, `predict_fn(data, model)`, `output_fn(prediction, accept)` answer a request, or
      `transform_fn(model, body, content_type, accept)` does it in one.
    - `stream_fn(message, model)` answers a message of a bidirectional stream: with nothing (None), with one message,
      or with an iterator of them. Without it each message is answered as a request.
    - `SAMPLE_REQUEST = (body, content_type)`, where there is one, has to be answered before the server listens.

    `output_fn` gives bytes or text, an iterator of them to be streamed, or such a body and its content type. A
    ValueError from `input_fn` or `stream_fn` and any RequestError are told to the client; other exceptions are a
    failed model. Each function may have a last parameter `context`, a ScriptContext.
    """

    inline_bytes = 0

    def __init__(self, script: ModuleType, folder: Path) -> None:
        self._folder = str(folder)
        self._input = _function(script, "input_fn") or _without_context(input_fn)
        self._predict = _function(script, "predict_fn") or _without_context(predict_fn)
        self._output = _function(script, "output_fn") or _without_context(output_fn)
        self._transform = _function(script, "transform_fn")
        self._stream = _function(script, "stream_fn")
        load = _function(script, "model_fn") or _without_context(model_fn)
        try:
            self._model = load(self._folder, ScriptContext(self._folder))
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"model_fn failed: {type(error).__name__}: {error}") from error

    @classmethod
    def load(cls, folder: Path, settings: Settings) -> "ScriptHandler":
        """Load the script of a model and prove it with its sample request. Raises ModelError.

        The script is `code/inference.py` in the model's folder; `SAGEMAKER_PROGRAM` names another file in
        `SAGEMAKER_SUBMIT_DIRECTORY` (the model's `code`).
        """
        del settings
        directory = Path(os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", folder / "code"))
        script = _import(directory / os.environ.get("SAGEMAKER_PROGRAM", "inference.py"))
        handler = cls(script, folder)
        sample = getattr(script, "SAMPLE_REQUEST", None)
        if sample is not None:
            handler.prove(sample)
        return handler

    def prove(self, sample: tuple[bytes, str]) -> None:
        """Answer a sample request once. Raises ModelError."""
        body, content_type = sample
        try:
            response = self.answer(Request(body, content_type, ""))
            if not isinstance(response.body, bytes):
                next(response.body, None)
        except Exception as error:
            raise ModelError(f"SAMPLE_REQUEST failed: {type(error).__name__}: {error}") from error

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        context = ScriptContext(self._folder, request)
        if self._transform is not None:
            result = self._transform(self._model, request.body, request.content_type, request.accept, context)
        else:
            try:
                data = self._input(request.body, request.content_type, context)
            except ValueError as error:
                raise RequestError(str(error)) from error
            result = self._output(self._predict(data, self._model, context), request.accept, context)
        return _response(result, request.accept or request.content_type)

    def converse(self) -> Conversation:
        """Begin a conversation."""
        if self._stream is None:
            return RecordConversation(self)
        return ScriptConversation(self._stream, self._model, ScriptContext(self._folder))

    def close(self) -> None:
        """Forget the model."""
        self._model = None


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise ModelError(f"there is no script {path}")
    spec = importlib.util.spec_from_file_location("model_script", path)
    if spec is None or spec.loader is None:
        raise ModelError(f"{path} is not a Python file")
    script = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(script)
    except Exception as error:
        raise ModelError(f"{path.name} cannot be imported: {type(error).__name__}: {error}") from error
    return script


def _function(script: ModuleType, name: str) -> Function | None:
    """The script's function of that name, as one that takes a context as its last argument."""
    function = getattr(script, name, None)
    if function is None or list(inspect.signature(function).parameters)[-1:] == ["context"]:
        return function
    return _without_context(function)


def _without_context(function: Function) -> Function:
    def call(*arguments: Any) -> Any:
        return function(*arguments[:-1])

    return call


def _response(result: Any, fallback: str) -> Response:
    body, content_type = cast("tuple[Any, str]", result) if isinstance(result, tuple) else (result, fallback)
    content_type = content_type.partition(",")[0].strip()
    if not content_type or "*" in content_type:
        content_type = "application/json"
    if isinstance(body, str | bytes | bytearray | memoryview):
        return Response(_bytes(body), content_type)
    if isinstance(body, Iterator):
        return Response((_bytes(chunk) for chunk in cast("Iterator[Any]", body)), content_type)
    raise TypeError(f"output_fn gave {type(body).__name__}: bytes, text or an iterator of them can be sent")


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)
