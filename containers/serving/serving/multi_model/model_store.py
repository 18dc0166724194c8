"""The models that a multi-model container holds, each loaded once, within a limit of memory."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from weakref import WeakValueDictionary

from serving.errors import ModelError, RequestError
from serving.handler import Handler
from serving.multi_model.loaded_model import LoadedModel
from serving.multi_model.memory import give_back, resident_bytes
from serving.multi_model.model_record import ModelRecord
from serving.observed.logs import log


class ModelStore:
    """Loads, finds and unloads models by name. Safe to call from several threads.

    A model is read from a folder below `root`; `limit` is in bytes of this process's resident memory. Models that
    `record` holds from a process that crashed are loaded again when they are asked for. Errors are RequestErrors
    with the statuses of https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
    """

    def __init__(self, load: Callable[[Path], Handler], *, root: Path, limit: int, record: ModelRecord) -> None:
        self._load = load
        self._root = root.resolve()
        self._limit = limit
        self._record = record
        self._urls = record.read()
        self._models: dict[str, LoadedModel] = {}
        # A lock lives as long as somebody holds it or waits for it, so that names leave nothing behind.
        self._turns: WeakValueDictionary[str, Lock] = WeakValueDictionary()
        self._lock = Lock()

    def load(self, name: str, url: str) -> None:
        """Load a model: 409 when it is there already, 507 when memory is short, 400 when it is no model."""
        with self._turn(name):
            if name in self._urls:
                raise RequestError(f"model '{name}' is loaded already", 409)
            self._models[name] = self._loaded(name, url)
            with self._lock:
                self._urls[name] = url
                self._record.loaded(name, url)

    def ready(self, name: str) -> LoadedModel | None:
        """The model, if it can be asked at once."""
        return self._models.get(name)

    def find(self, name: str) -> LoadedModel:
        """The model, loaded again after a crash if need be; 404 when there is none."""
        with self._turn(name):
            if name not in self._models:
                self._models[name] = self._loaded(name, self.url(name))
            return self._models[name]

    def url(self, name: str) -> str:
        """Where a model came from; 404 when there is none of that name."""
        url = self._urls.get(name)
        if url is None:
            raise RequestError(f"model '{name}' is not loaded", 404)
        return url

    def page(self, start: int, size: int) -> tuple[list[tuple[str, str]], int | None]:
        """Names and URLs of up to `size` models, oldest first from position `start`, and the next start if any."""
        with self._lock:
            models = list(self._urls.items())
        return models[start : start + size], start + size if start + size < len(models) else None

    def unload(self, name: str) -> None:
        """Forget a model; its memory is free when this returns. 404 when there is none."""
        with self._turn(name):
            self.url(name)
            with self._lock:
                del self._urls[name]
                self._record.replace(self._urls)
            model = self._models.pop(name, None)
            if model is not None:
                model.close()
                del model
            give_back()
        log("info", "model unloaded", model=name)

    def _turn(self, name: str) -> Lock:
        with self._lock:
            return self._turns.setdefault(name, Lock())

    def _loaded(self, name: str, url: str) -> LoadedModel:
        folder = self._folder(url)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        self._refuse_beyond_limit(name, size)
        try:
            handler = self._load(folder)
        except ModelError as error:
            give_back()
            raise RequestError(f"model '{name}' cannot be loaded: {error}") from None
        except MemoryError:
            give_back()
            raise RequestError(f"model '{name}' does not fit into memory", 507) from None
        try:
            self._refuse_beyond_limit(name, 0)
        except RequestError:
            handler.close()
            del handler
            give_back()
            raise
        log("info", "model loaded", model=name, url=url)
        return LoadedModel(name, handler)

    def _refuse_beyond_limit(self, name: str, more: int) -> None:
        if resident_bytes() + more > self._limit:
            give_back()
        used = resident_bytes() + more
        if used > self._limit:
            room = f"{used // 1024**2} MB of {self._limit // 1024**2} MB would be in use"
            raise RequestError(f"no memory for model '{name}': {room}", 507)

    def _folder(self, url: str) -> Path:
        try:
            folder = Path(url).resolve()
            exists = folder.is_dir()
        except (ValueError, OSError):
            raise RequestError("the model's url is no path of a folder") from None
        if not folder.is_relative_to(self._root):
            raise RequestError(f"the model's folder must be below {self._root}, got '{url}'")
        if not exists:
            raise RequestError(f"the model's folder does not exist: '{url}'")
        outside = next((path for path in folder.rglob("*") if not path.resolve().is_relative_to(folder)), None)
        if outside is not None:
            raise RequestError(f"the model's archive leaves its folder through '{outside.name}'")
        return folder
