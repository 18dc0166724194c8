"""The models of a multi-model container: loaded from S3 when they are first asked for, unloaded when room is short.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from emulator.containers.errors import DataPlaneError
from emulator.containers.invocation import Answer, ModelLoading
from emulator.containers.objects import S3Client, fetch_model, split_uri
from emulator.containers.serving_process import ServingProcess

LOAD_SECONDS = 60
_LOADED = (200, 409)
_NO_ROOM = 507


class ModelDataError(DataPlaneError):
    """The archive of a target model cannot be had."""


class LoadRefusedError(Exception):
    """The container did not load a model; `answer` is what it said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"the container answered {answer.status}")
        self.answer = answer


@dataclass(frozen=True)
class LoadedModel:
    """A model that may be called: its name within the container, and what it took to load it."""

    name: str
    loading: ModelLoading


class LoadedModels:
    """What one process has in memory; a new process begins with nothing.

    Args:
        s3: Client that reads the archives.
        prefix: S3 URI below which the archives lie.
        folder: Where they are unpacked, `<hash>/model` each.
        keep: Whether a model stays after its request.
    """

    def __init__(self, s3: S3Client, prefix: str, folder: Path, *, keep: bool) -> None:
        self._s3 = s3
        self._prefix = prefix.rstrip("/")
        self._folder = folder
        self._keep = keep
        self._lock = threading.Lock()
        # The least recently used first.
        self._models: OrderedDict[str, None] = OrderedDict()
        self._users: Counter[str] = Counter()
        shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def use(self, process: ServingProcess, target: str) -> Generator[LoadedModel]:
        """Have a model in memory while it is called.

        Args:
            process: The container.
            target: Key of the archive, relative to the prefix.

        Raises:
            ModelDataError: There is no such archive.
            LoadRefusedError: The container does not load it, or has no room for another model.
        """
        name = hashlib.sha256(target.encode()).hexdigest()[:32]
        began = time.perf_counter()
        with self._lock:
            hit = name in self._models
            downloading, loading = (0.0, 0.0) if hit else self._load(process, name, target)
            self._models[name] = None
            self._models.move_to_end(name)
            self._users[name] += 1
            waited = time.perf_counter() - began
            loaded = LoadedModel(name, ModelLoading(hit, waited, downloading, loading, len(self._models)))
        try:
            yield loaded
        finally:
            with self._lock:
                self._users[name] -= 1
                if not self._keep and not self._users[name]:
                    self._unload(process, name)

    def _load(self, process: ServingProcess, name: str, target: str) -> tuple[float, float]:
        folder, began = self._folder / name, time.perf_counter()
        uri = f"{self._prefix}/{target.lstrip('/')}"
        bucket, key = split_uri(uri)
        try:
            fetch_model(self._s3, uri, folder / "model")
        except DataPlaneError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ModelDataError(
                f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object "
                "located at the URL and that the role passed to CreateModel has permissions to download the model."
            ) from error
        fetched = time.perf_counter()
        try:
            self._ask_to_load(process, name, folder / "model")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return fetched - began, time.perf_counter() - fetched

    def _ask_to_load(self, process: ServingProcess, name: str, model: Path) -> None:
        asked = json.dumps({"model_name": name, "url": str(model)}).encode()
        while True:
            answer = process.call(
                "POST", "/models", asked, {"Content-Type": "application/json"}, timeout=LOAD_SECONDS
            )
            if answer.status in _LOADED:
                return
            idle = next((one for one in self._models if not self._users[one]), None)
            if answer.status != _NO_ROOM or idle is None:
                raise LoadRefusedError(answer)
            self._unload(process, idle)

    def _unload(self, process: ServingProcess, name: str) -> None:
        self._models.pop(name, None)
        # A container that has ended has unloaded everything.
        with contextlib.suppress(OSError):
            process.call("DELETE", f"/models/{name}", timeout=LOAD_SECONDS)
        shutil.rmtree(self._folder / name, ignore_errors=True)
