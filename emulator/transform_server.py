"""The model's container of a transform job: asked for its wishes, called, and called again."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Mapping
from typing import Any, cast

from emulator.container import ContainerFolders, DataPlaneError
from emulator.serving_process import ServingProcess

_STRATEGIES = {"MULTI_RECORD": "MultiRecord", "SINGLE_RECORD": "SingleRecord"}


class TransformServer(ServingProcess):
    """A serving process for one job."""

    def execution_parameters(self) -> dict[str, Any]:
        """What the container wishes for what the request leaves open; empty when it has no such path.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html
        """
        try:
            answer = self.call("GET", "/execution-parameters", timeout=60)
            answered: Any = json.loads(answer.body) if answer.status == 200 else {}
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        wishes = cast(dict[str, Any], answered) if isinstance(answered, dict) else {}
        if "BatchStrategy" in wishes:
            wishes["BatchStrategy"] = _STRATEGIES.get(wishes["BatchStrategy"], wishes["BatchStrategy"])
        return wishes

    def invoke(
        self, body: bytes, headers: Mapping[str, str], *, timeout: float, retries: int, chunked: bool
    ) -> bytes:
        """The answer to one request; server errors and silence are retried. Raises DataPlaneError."""
        reason = ""
        for _ in range(retries + 1):
            try:
                answer = self.call("POST", "/invocations", body, headers, timeout=timeout, chunked=chunked)
            except TimeoutError:
                reason = f"no answer within {timeout:g} s"
            except (OSError, http.client.HTTPException) as error:
                code = self.wait(0.5)
                if code is not None:
                    last = self.last_words()
                    raise DataPlaneError(f"the container ended with exit code {code}: {last}") from error
                reason = "the connection was closed without an answer"
            else:
                if 200 <= answer.status < 300:
                    return answer.body
                reason = f"HTTP {answer.status}: {answer.body[:500].decode(errors='replace').strip()}"
                if answer.status < 500:
                    break
        raise DataPlaneError(reason)


def clear(folders: ContainerFolders) -> None:
    """Make room for a job of this name."""
    shutil.rmtree(folders.home, ignore_errors=True)
    folders.home.mkdir(parents=True)
    folders.log.touch()
