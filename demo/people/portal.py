"""Somebody who answers at the portal where the embedded AWS shows the tasks of a Ground Truth workforce."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from demo.failure import DemoFailure

WORKER = "ann"


class Portal:
    """The portal of one workforce, whose host name is told to the emulator's ``address``."""

    def __init__(self, address: str, host: str) -> None:
        self._address = address
        self._host = host

    def tasks(self) -> list[dict[str, Any]]:
        """What waits for an answer."""
        return self._asked("/portal/tasks")["tasks"]

    def answer(self, task: Mapping[str, Any], truth: Mapping[str, str]) -> None:
        """Say what an image shows, as the page of AWS's classification would send it; ``truth`` is by its name."""
        label = truth[PurePosixPath(task["input"]["taskObject"]).name]
        body = {"worker": WORKER, "answer": {"crowd-image-classifier": {"label": label}}}
        self._asked(f"/portal/tasks/{task['id']}", body)

    def _asked(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Host": self._host, "Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self._address}{path}", sent, headers)) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise DemoFailure(f"the portal refused {path}: {error.read().decode()}") from error
