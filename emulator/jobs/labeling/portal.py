"""Where workers answer: pages and the same as JSON, at the address that a workforce has as its SubDomain.

Paths begin with `/portal`: MiniStack gives others, such as `/tasks`, to services that have them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import parse_qs, unquote

from emulator.containers.objects import S3Client, read_object
from emulator.jobs.labeling import pages
from emulator.jobs.labeling.board import OpenTask, TaskBoard
from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, json_response

HOST = r"\.labeling\.localhost"
_TASK = re.compile(r"/portal/(tasks|work|objects)/([^/]+)")
_FORMS: Mapping[str, Callable[[Mapping[str, list[str]]], dict[str, Any]]] = {
    "class": lambda given: {"label": given.get("label", [""])[0]},
    "classes": lambda given: {"labels": given.get("label", [])},
}
_OTHERS_STAY_OUT = "default-src 'self'; style-src 'unsafe-inline'; form-action 'self'"


class WorkerPortal:
    """Answers requests to `<workforce>.labeling.localhost`, and gives workforces and teams that address.

    Args:
        records: Where workforces and teams are kept.
        board: The tasks.
        s3: Client that reads what is labeled.
    """

    def __init__(self, records: Records, board: TaskBoard, s3: S3Client) -> None:
        self._records = records
        self._board = board
        self._s3 = s3

    def created(self, record: Record) -> None:
        """Give a workforce or a team its address."""
        name = record.request.get("WorkforceName", "default")
        address = f"{name}.labeling.localhost:{os.environ['GATEWAY_PORT']}".lower()
        self._records.change(record, SubDomain=address)

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """Updates are recorded only."""

    def stopped(self, record: Record) -> None:
        """Neither can be stopped."""

    def deleted(self, record: Record) -> bool:
        """Nothing but the record is there."""
        del record
        return True

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], Any]:
        """Answer one request; every failure is told as JSON."""
        try:
            return await asyncio.to_thread(self._answered, method, path, headers, body, query)
        except ServiceError as error:
            return json_response(error.status, {"message": str(error)})

    def _answered(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Response:
        teams = self._teams(headers.get("host", "").partition(".")[0])
        if method == "GET" and path in ("", "/", "/portal"):
            return _page(pages.overview(self._board.open(teams)))
        if method == "GET" and path == "/portal/tasks":
            asked = [str(each).lower() for each in query.get("team", ())]
            shown = self._board.open([team for team in teams if team in asked or not asked])
            return json_response(200, {"tasks": [task.described() for task in shown]})
        found = _TASK.fullmatch(path)
        if found is None:
            raise ServiceError("ResourceNotFound", f"The portal has no {method} {path}.", 404)
        task = self._board.find(unquote(found[2]), teams)
        match (method, found[1]):
            case ("GET", "tasks"):
                return json_response(200, task.described())
            case ("GET", "work"):
                return _page(pages.task(task))
            case ("GET", "objects") if task.source.startswith("s3://"):
                return 200, {"Content-Type": pages.media_type(task.source)}, read_object(self._s3, task.source)
            case ("POST", "tasks"):
                return self._submitted(task, teams, headers, body)
            case _:
                raise ServiceError("ResourceNotFound", f"The portal has no {method} {path}.", 404)

    def _submitted(self, task: OpenTask, teams: Sequence[str], headers: Mapping[str, str], body: bytes) -> Response:
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            given = parse_qs(body.decode(), keep_blank_values=True)
            worker = given.get("worker", [""])[0]
            form = _FORMS.get(task.form)
            content = form(given) if form else _object(given.get("answer", [""])[0])
            self._submit(task, worker, content)
            following = next(iter(self._board.open(teams)), None)
            return 303, {"Location": f"/portal/work/{following.id}" if following else "/portal"}, b""
        sent = _object(body)
        self._submit(task, str(sent.get("worker", "")), _object(sent.get("answer")))
        return json_response(200, {})

    def _submit(self, task: OpenTask, worker: str, content: Mapping[str, Any]) -> None:
        if not worker.strip():
            raise ServiceError("ValidationException", "Say who answers: worker is missing.")
        self._board.submit(task, worker.strip(), content)

    def _teams(self, workforce: str) -> list[str]:
        teams = [
            record.request["WorkteamName"].lower()
            for record in self._records.everywhere()
            if record.kind == "Workteam" and record.request.get("WorkforceName", "default").lower() == workforce
        ]
        if not teams:
            raise ServiceError("ResourceNotFound", f"There is no workforce {workforce} with work teams.", 404)
        return teams


def _object(given: object) -> dict[str, Any]:
    """A JSON object, or the text of one."""
    value = given
    if isinstance(given, str | bytes):
        try:
            value = json.loads(given)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise ServiceError("ValidationException", "An answer is a JSON object: what the page of the task submits.")
    return cast(dict[str, Any], value)


def _page(html: str) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _OTHERS_STAY_OUT}
    return 200, headers, html.encode()
