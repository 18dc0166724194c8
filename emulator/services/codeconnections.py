"""CodeConnections: connections to hosts of git, each repository a folder of this computer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, saved_state
from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

COVERAGE = (
    Coverage(
        "CodeConnections",
        real="connections; their repositories are bare ones in the folder `git` of the state"
        " (`git/github.com/octo-org/churn.git`, `git/gitlab.com/…`), and a push to one starts the pipelines that"
        " watch it within a second",
        recorded="the handshake that a person completes in the console: a connection is available at once",
        refused="hosts of one's own, repository links and synchronization; repositories that are not in that folder",
    ),
)

Item = dict[str, Any]

_HOSTS = {
    "AzureDevOps": "dev.azure.com",
    "Bitbucket": "bitbucket.org",
    "GitHub": "github.com",
    "GitLab": "gitlab.com",
}
_SECONDS = 60
_PREFIXES = {
    "codeconnections": "com.amazonaws.codeconnections.CodeConnections_20231201.",
    "codestar-connections": "com.amazonaws.codestar.connections.CodeStar_connections_20191201.",
}


class RepositoryError(Exception):
    """Why a repository has not what is asked of it."""


class CodeConnections:
    """The API, under its present name and under its older one, and the repositories behind it.

    Args:
        folder: Holds a folder for each host, and in it bare repositories.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._changed = changed
        self._lock = StateLock()
        self._held: dict[str, Item] = {}
        self._operations: Mapping[str, Callable[[Mapping[str, Any]], Item]] = {
            "CreateConnection": self._create,
            "DeleteConnection": self._delete,
            "GetConnection": lambda request: {"Connection": self._shown(self._found(request["ConnectionArn"]))},
            "ListConnections": self._list,
            "ListTagsForResource": lambda request: {"Tags": self._found(request["ResourceArn"])["Tags"]},
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }

    def call(self, operation: str, request: Mapping[str, Any], service: str = "codeconnections") -> Item:
        """Answer an operation; raises ServiceError."""
        answer = self._operations.get(operation)
        if answer is None:
            raise ServiceError(
                "ValidationException", f"The emulator does not support {operation} of CodeConnections."
            )
        validate(service_model(service).operation_model(operation).input_shape, request)
        answered = answer(request)
        if not operation.startswith(("Get", "List")):
            self._changed()
        return answered

    def take_over(self) -> None:
        """Answer requests."""
        for service, prefix in _PREFIXES.items():
            hooks.add_service(service, self._handler(service), [prefix])
        saved_state.add_state("codeconnections", self._get_state, self._restore)

    def repository(self, connection_arn: str, name: str) -> Path:
        """The bare repository behind a connection; raises RepositoryError."""
        with self._lock:
            known = self._held.get(connection_arn)
        if known is None:
            raise RepositoryError(f"Connection {connection_arn} not found")
        folder = self._folder / _HOSTS[known["ProviderType"]] / f"{name}.git"
        if not folder.is_dir():
            raise RepositoryError(f"The emulator asks no other host, and there is no {folder}")
        return folder

    def _handler(self, service: str) -> hooks.Handler:
        async def handle(
            method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
        ) -> tuple[int, dict[str, str], bytes]:
            del method, path, query
            operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            try:
                return json_response(200, await asyncio.to_thread(self.call, operation, parsed_body(body), service))
            except ServiceError as error:
                return error_response(error)

        return handle

    def _create(self, request: Mapping[str, Any]) -> Item:
        kind = request.get("ProviderType")
        if kind not in _HOSTS or request.get("HostArn"):
            known = ", ".join(sorted(_HOSTS))
            raise ServiceError("ValidationException", f"The emulator connects to {known}, not to {kind or 'a host'}.")
        scope = hooks.current_scope()
        arn = f"arn:aws:codeconnections:{scope.region}:{scope.account}:connection/{uuid.uuid4()}"
        with self._lock:
            self._held[arn] = {
                "ConnectionName": request["ConnectionName"],
                "ConnectionArn": arn,
                "ProviderType": kind,
                "OwnerAccountId": scope.account,
                "ConnectionStatus": "AVAILABLE",
                "Tags": list(request.get("Tags", ())),
            }
        return {"ConnectionArn": arn, "Tags": list(request.get("Tags", ()))}

    def _delete(self, request: Mapping[str, Any]) -> Item:
        self._found(request["ConnectionArn"])
        with self._lock:
            del self._held[request["ConnectionArn"]]
        return {}

    def _list(self, request: Mapping[str, Any]) -> Item:
        place, kind = _place(hooks.current_scope()), request.get("ProviderTypeFilter")
        with self._lock:
            held = list(self._held.values())
        here = [each for each in held if place in each["ConnectionArn"] and kind in (None, each["ProviderType"])]
        return {"Connections": [self._shown(each) for each in here]}

    def _tag(self, request: Mapping[str, Any]) -> Item:
        known = self._found(request["ResourceArn"])
        new = {each["Key"]: each for each in request["Tags"]}
        with self._lock:
            known["Tags"] = [each for each in known["Tags"] if each["Key"] not in new] + list(new.values())
        return {}

    def _untag(self, request: Mapping[str, Any]) -> Item:
        known = self._found(request["ResourceArn"])
        with self._lock:
            known["Tags"] = [each for each in known["Tags"] if each["Key"] not in request["TagKeys"]]
        return {}

    def _found(self, arn: str) -> Item:
        with self._lock:
            known = self._held.get(arn)
        if known is None:
            raise ServiceError("ResourceNotFoundException", f"Connection {arn} not found")
        return known

    def _shown(self, held: Item) -> Item:
        return {name: value for name, value in held.items() if name != "Tags"}

    def _get_state(self) -> dict[str, Any]:
        with self._lock:
            return {"held": {arn: dict(each) for arn, each in self._held.items()}}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self._held.update(state["held"])


def git(repository: Path, *arguments: str) -> bytes:
    """What git says of a bare repository; raises RepositoryError."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(
        # Whoever pushed may be another user of this computer.
        ["git", "-c", f"safe.directory={repository}", "--git-dir", str(repository), *arguments],
        env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", **own},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise RepositoryError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _place(scope: Scope) -> str:
    return f":{scope.region}:{scope.account}:"
