"""Many small models in one process: how long a cold load takes, and what a model weighs."""

import json
import statistics
import time
from dataclasses import dataclass

from bench.processes import resident_megabytes
from conformance.container import Container, Contender, started


@dataclass(frozen=True)
class MultiModel:
    """What loading models showed."""

    models: int
    milliseconds: float
    """Median of a cold load."""
    megabytes: float
    """Resident memory that each model added."""


def measure(contender: Contender, url: str, count: int) -> MultiModel:
    """Load `count` models under different names; the first one, which imports packages, is not counted."""
    with started(contender, contender.many) as container:
        _load(container, "first", url)
        before = resident_megabytes(container)
        times = [_load(container, f"model-{number}", url) for number in range(count)]
        after = resident_megabytes(container)
    return MultiModel(count, statistics.median(times) * 1e3, (after - before) / count)


def _load(container: Container, name: str, url: str) -> float:
    wish = json.dumps({"model_name": name, "url": url}).encode()
    begin = time.perf_counter()
    answer = container.request("POST", "/models", wish, {"Content-Type": "application/json"})
    if answer.status != 200:
        raise RuntimeError(
            f"the model '{name}' is not loaded: {answer.status} {answer.body.decode(errors='replace')}"
        )
    return time.perf_counter() - begin
