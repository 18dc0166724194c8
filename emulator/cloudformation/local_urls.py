"""URLs of REST APIs in the outputs of stacks: in AWS their host is the API's own, here it would lead nowhere."""

from __future__ import annotations

import re
from typing import Any

from emulator.ministack.hooks import Handler, wrap_service

_OUTPUT = re.compile(r"(?<=<OutputValue>)[^<]*(?=</OutputValue>)")
_API = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")


def add_local_urls(port: str) -> None:
    """Let DescribeStacks answer with URLs that lead to this emulator; what stacks import stays as it is."""

    def local(match: re.Match[str]) -> str:
        return _API.sub(rf"http://127.0.0.1:{port}/_aws/execute-api/\1/", match[0])

    def wrap(handler: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> tuple[int, dict[str, str], Any]:
            status, answered, content = await handler(method, path, headers, body, query)
            if b"<OutputValue>" in content:
                content = _OUTPUT.sub(local, content.decode()).encode()
                answered = {name: value for name, value in answered.items() if name.lower() != "content-length"}
            return status, answered, content

        return handle

    wrap_service("cloudformation", wrap)
