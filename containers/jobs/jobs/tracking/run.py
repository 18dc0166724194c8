"""The run of a training in MLflow, which never stands in the training's way."""

import os
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobs.data.table import Table
from jobs.tracking.endpoint import Endpoint
from jobs.tracking.mlflow_client import MlflowClient

_SENT_EVERY_SECONDS = 5.0
_KEPT = 500


class TrackedRun:
    """What a training tells of itself: parameters, metrics of each round, data and artifacts.

    Without `MLFLOW_TRACKING_URI` nothing is done. The first thing that goes wrong is told in the log, and ends the
    tracking, not the training. Metrics are sent every five seconds. Names of metrics have `/` where they have `:` in
    the log, as MLflow groups them by it.
    """

    def __init__(self, client: MlflowClient | None) -> None:
        self._client = client
        self._waiting: list[Mapping[str, object]] = []
        self._sent = time.monotonic()

    @property
    def wanted(self) -> bool:
        """Whether anybody keeps what is told; what costs time to find out is for such runs only."""
        return self._client is not None

    @classmethod
    def begin(cls, *, tags: Mapping[str, str]) -> "TrackedRun":
        """The run of this job, by its environment."""
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        if not uri:
            return cls(None)
        run = cls(None)
        name = os.environ.get("TRAINING_JOB_NAME", "")
        job = {"sagemaker.training_job": name} if name else {}
        experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", "Default")

        def begin() -> None:
            client = MlflowClient(Endpoint.of(uri))
            client.begin(experiment, name, _now(), {**job, **tags})
            run._client = client

        run._try(begin)
        if run.wanted:
            print(f"tracked in MLflow, experiment {experiment}", flush=True)
        return run

    def parameters(self, values: Mapping[str, object]) -> None:
        """What the training was given."""
        if client := self._client:
            self._try(lambda: client.log_parameters(values))

    def data(self, name: str, train: Table, held_out: Table) -> None:
        """Which data it learns from and is judged by: another digest is another version."""
        if client := self._client:
            self._try(lambda: client.log_data({name: train.digest, f"{name}, held out": held_out.digest}))

    def metrics(self, values: Mapping[str, float], step: int) -> None:
        """What was measured after a round."""
        if self._client is None:
            return
        at = _now()
        self._waiting += [
            {"key": name.replace(":", "/"), "value": value, "timestamp": at, "step": step}
            for name, value in values.items()
        ]
        if len(self._waiting) >= _KEPT or time.monotonic() - self._sent >= _SENT_EVERY_SECONDS:
            self._send()

    def artifacts(self, *paths: Path) -> None:
        """Files, or all files of folders."""
        if client := self._client:
            files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
            self._try(lambda: [client.log_artifact(file) for file in files if file.is_file()])

    def end(self, status: str) -> None:
        """Send what is left, and how it ended: FINISHED, FAILED or KILLED."""
        self._send()
        if client := self._client:
            self._try(lambda: client.end(status, _now()))

    def _send(self) -> None:
        waiting, self._waiting, self._sent = self._waiting, [], time.monotonic()
        if waiting and (client := self._client):
            self._try(lambda: client.log_metrics(waiting))

    def _try(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:
            # Whatever it is, the training is worth more.
            self._client = None
            print(f"the training is not tracked any further: {error}", file=sys.stderr, flush=True)


@contextmanager
def tracked(run: TrackedRun, stopped: Callable[[], bool]) -> Generator[TrackedRun]:
    """Tell how the training ends: as `stopped` says, or by the exception that ends it."""
    try:
        yield run
    except BaseException:
        run.end("FAILED")
        raise
    run.end("KILLED" if stopped() else "FINISHED")


def _now() -> int:
    return int(time.time() * 1_000)
