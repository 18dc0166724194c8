"""The portal at which workers of the emulator answer, as a script does."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

from emulator.launcher import RunningEmulator
from harness.aws_clients import wait_for

COGNITO = {"UserPool": "us-east-1_0a1b2c3d4", "ClientId": "0a1b2c3d4e5f6g7h8i9j"}


class WorkerPortal:
    """The workers' side of one workforce."""

    def __init__(self, address: str, host: str) -> None:
        self._address = address
        self._host = host

    def request(
        self, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> tuple[int, Message, bytes]:
        headers = {"Host": self._host, "Content-Type": content_type}
        request = urllib.request.Request(f"{self._address}/portal{path}", body, headers)
        opener = urllib.request.build_opener(_Stay())
        try:
            with opener.open(request, timeout=900) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def tasks(self, job: str, count: int) -> list[dict[str, Any]]:
        def open_tasks() -> list[dict[str, Any]]:
            found = json.loads(self.request("/tasks")[2])["tasks"]
            return [task for task in found if task["job"] == job]

        return wait_for(open_tasks, lambda found: len(found) == count)

    def answer(self, task: Mapping[str, Any], worker: str, answer: Any) -> tuple[int, str]:
        sent = json.dumps({"worker": worker, "answer": answer}).encode()
        status, _, body = self.request(f"/tasks/{task['id']}", sent)
        return status, json.loads(body).get("message", "")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return None


def workforce(emulator: RunningEmulator, sagemaker: Any, name: str, team: str) -> WorkerPortal:
    """Make a workforce with one work team; returns its portal."""
    sagemaker.create_workforce(WorkforceName=name, CognitoConfig=COGNITO)
    members = [{"CognitoMemberDefinition": {**COGNITO, "UserGroup": team.lower()}}]
    sagemaker.create_workteam(WorkteamName=team, WorkforceName=name, Description="Rate", MemberDefinitions=members)
    host = sagemaker.describe_workforce(WorkforceName=name)["Workforce"]["SubDomain"]
    assert sagemaker.describe_workteam(WorkteamName=team)["Workteam"]["SubDomain"] == host
    assert host.startswith(f"{name}.labeling.localhost:")
    return WorkerPortal(emulator.address, host)
