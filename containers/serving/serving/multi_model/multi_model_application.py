"""The contract of a container that holds many models: load, list, describe, invoke, unload."""

import asyncio
from asyncio import AbstractEventLoop
from time import perf_counter
from typing import cast
from urllib.parse import parse_qs

import orjson

from serving.errors import RequestError
from serving.http.application import ping, show
from serving.http.conversation import refuse_connection
from serving.http.invocation import MAXIMUM_BODY_BYTES, fail, invoke, not_allowed, read_body, refuse
from serving.http.protocol import HttpProtocol, Scope, WebSocketProtocol
from serving.multi_model.model_store import ModelStore
from serving.observed.metrics import Metrics

MOST_PER_PAGE = 100
MOST_NAME_CHARACTERS = 1024
_LOAD_REQUEST_BYTES = 64 * 1024


class MultiModelApplication:
    """Answers `/ping`, `/metrics`, `/models`, `/models/{name}` and `/models/{name}/invoke`.

    Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
    """

    def __init__(self, models: ModelStore, metrics: Metrics) -> None:
        self._models = models
        self._metrics = metrics

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        self._metrics.begin(loop)

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        self._metrics.end()

    async def __rsgi__(self, scope: Scope, protocol: HttpProtocol) -> None:
        """Answer one HTTP request; errors become a status and one plain sentence, never a traceback."""
        if scope.proto == "ws":
            return refuse_connection(scope, cast("WebSocketProtocol", protocol))
        try:
            match scope.path.split("/")[1:], scope.method:
                case ["models", name, "invoke"], "POST":
                    model = self._models.ready(name) or await asyncio.to_thread(self._models.find, name)
                    begin = perf_counter()
                    with model as handler:
                        status = await invoke(handler, scope, protocol, MAXIMUM_BODY_BYTES)
                    self._metrics.count(status, perf_counter() - begin)
                case ["models"], "GET":
                    _send(protocol, self._page(scope.query_string))
                case ["models"], "POST":
                    await self._load(scope, protocol)
                case ["models", name], "GET":
                    _send(protocol, _described(name, self._models.url(name)))
                case ["models", name], "DELETE":
                    await asyncio.to_thread(self._models.unload, name)
                    protocol.response_bytes(200, [], b"")
                case ["ping"], _:
                    ping(scope, protocol)
                case ["metrics"], _:
                    show(scope, protocol, self._metrics)
                case ["models", _, "invoke"], _:
                    not_allowed(scope, protocol, ("POST",))
                case ["models"], _:
                    not_allowed(scope, protocol, ("GET", "POST"))
                case ["models", _], _:
                    not_allowed(scope, protocol, ("GET", "DELETE"))
                case _:
                    known = "/ping, /metrics, /models, /models/{name}, /models/{name}/invoke"
                    raise RequestError(f"no such path: {scope.path} (known: {known})", 404)
        except RequestError as error:
            refuse(scope, protocol, error)
        except Exception:
            fail(scope, protocol)

    async def _load(self, scope: Scope, protocol: HttpProtocol) -> None:
        try:
            wish = orjson.loads(await read_body(scope.headers, protocol, _LOAD_REQUEST_BYTES))
            name, url = wish["model_name"], wish["url"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            name = url = None
        if not (isinstance(name, str) and isinstance(url, str) and name and url):
            raise RequestError('send {"model_name": "…", "url": "…"} as JSON')
        if "/" in name or len(name) > MOST_NAME_CHARACTERS:
            # Its own path could not be asked for, not even to unload it.
            raise RequestError(f"model_name must have at most {MOST_NAME_CHARACTERS} characters and no '/'")
        await asyncio.to_thread(self._models.load, name, url)
        protocol.response_bytes(200, [], b"")

    def _page(self, query: str) -> object:
        wishes = parse_qs(query)
        size = _whole_number("limit", wishes.get("limit", [str(MOST_PER_PAGE)])[0], 1)
        start = _whole_number("next_page_token", wishes.get("next_page_token", ["0"])[0], 0)
        models, following = self._models.page(start, min(size, MOST_PER_PAGE))
        page: dict[str, object] = {"models": [_described(name, url) for name, url in models]}
        return page if following is None else page | {"nextPageToken": str(following)}


def _described(name: str, url: str) -> dict[str, str]:
    return {"modelName": name, "modelUrl": url}


def _send(protocol: HttpProtocol, document: object) -> None:
    protocol.response_bytes(200, [("content-type", "application/json")], orjson.dumps(document))


def _whole_number(name: str, text: str, lowest: int) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < lowest:
        raise RequestError(f"{name} must be a whole number from {lowest}, got '{text}'")
    return int(text)
