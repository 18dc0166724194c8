"""The requests of MLflow's REST interface that a training needs."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from jobs.errors import JobError
from jobs.tracking.endpoint import Endpoint

_SECONDS = 10
_MOST_PARAMETERS, _MOST_METRICS = 100, 1_000
"""What one request may hold."""
_LONGEST_PARAMETER = 6_000


class MlflowClient:
    """A run in MLflow, made by `begin`.

    Every method raises JobError when MLflow refuses or cannot be reached within ten seconds.

    https://mlflow.org/docs/latest/rest-api.html
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._run = ""
        self._artifacts = ""

    @cached_property
    def _session(self) -> Any:
        return import_module("botocore.session").get_session()

    def begin(self, experiment: str, name: str, milliseconds: int, tags: Mapping[str, str]) -> None:
        """Make a run in an experiment, which is made if need be."""
        request = {
            "experiment_id": self._experiment(experiment),
            "run_name": name,
            "start_time": milliseconds,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
        }
        info: dict[str, Any] = self._post("runs/create", request)["run"]["info"]
        self._run, self._artifacts = info["run_id"], info["artifact_uri"]

    def log_parameters(self, parameters: Mapping[str, object]) -> None:
        """Keep what the run was given."""
        pairs = [{"key": name, "value": str(value)[:_LONGEST_PARAMETER]} for name, value in parameters.items()]
        for part in _parts(pairs, _MOST_PARAMETERS):
            self._post("runs/log-batch", {"run_id": self._run, "params": part})

    def log_metrics(self, metrics: Sequence[Mapping[str, object]]) -> None:
        """Keep measurements, each with `key`, `value`, `timestamp` and `step`."""
        for part in _parts(metrics, _MOST_METRICS):
            self._post("runs/log-batch", {"run_id": self._run, "metrics": part})

    def log_data(self, digests: Mapping[str, str]) -> None:
        """Keep which data the run has, by name and digest, of which MLflow takes 36 characters."""
        described = [
            {
                "name": name,
                "digest": digest[:32],
                "source_type": "sagemaker",
                "source": json.dumps({"sha256": digest}),
            }
            for name, digest in digests.items()
        ]
        self._post("runs/log-inputs", {"run_id": self._run, "datasets": [{"dataset": each} for each in described]})

    def log_artifact(self, path: Path) -> None:
        """Keep a file, in the bucket of the run's artifacts."""
        bucket, _, prefix = self._artifacts.removeprefix("s3://").partition("/")
        if not self._artifacts.startswith("s3://"):
            raise JobError(f"artifacts of runs are not in S3: {self._artifacts}")
        with path.open("rb") as content:
            self._s3.put_object(Bucket=bucket, Key=f"{prefix}/{path.name}", Body=content)

    def end(self, status: str, milliseconds: int) -> None:
        """Say how the run ended: FINISHED, FAILED or KILLED."""
        self._post("runs/update", {"run_id": self._run, "status": status, "end_time": milliseconds})

    @cached_property
    def _s3(self) -> Any:
        config = import_module("botocore.config").Config(
            connect_timeout=_SECONDS, read_timeout=60, retries={"total_max_attempts": 2}
        )
        return self._session.create_client("s3", region_name=self._endpoint.region or None, config=config)

    def _experiment(self, name: str) -> str:
        query = urllib.parse.urlencode({"experiment_name": name}, quote_via=urllib.parse.quote)
        found = self._request("GET", f"experiments/get-by-name?{query}", absent_is_none=True)
        if found:
            return found["experiment"]["experiment_id"]
        try:
            return self._post("experiments/create", {"name": name})["experiment_id"]
        except JobError:
            # Another job has made it in the meantime, or the refusal stands.
            found = self._request("GET", f"experiments/get-by-name?{query}", absent_is_none=True)
            if not found:
                raise
            return found["experiment"]["experiment_id"]

    def _post(self, path: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return self._request("POST", path, json.dumps(request).encode()) or {}

    def _request(
        self, method: str, path: str, body: bytes = b"", *, absent_is_none: bool = False
    ) -> dict[str, Any] | None:
        url = f"{self._endpoint.url}/api/2.0/mlflow/{path}"
        headers = self._endpoint.signed(self._session if self._endpoint.service else None, method, url, body)
        request = urllib.request.Request(url, body or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            if error.code == 404 and absent_is_none:
                return None
            raise JobError(
                f"MLflow refuses {path.partition('?')[0]}: {error.code} {error.read(300).decode(errors='replace')}"
            ) from None
        except (OSError, ValueError) as error:
            raise JobError(f"MLflow cannot be reached at {self._endpoint.url}: {error}") from None


def _parts(values: Sequence[Any], most: int) -> list[Sequence[Any]]:
    return [values[start : start + most] for start in range(0, len(values), most)]
