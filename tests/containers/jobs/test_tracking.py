"""What a training tells an MLflow, and that a failing one does not fail it: real processes, and a server of notes."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment

SERVER = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/runs"
APP = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-0a1b2c3d4e5f"
Told = list[tuple[str, str, Mapping[str, str], Any]]
"""Method, path, headers and body of each request."""


class Mlflow(ThreadingHTTPServer):
    """Answers as MLflow and as S3 do, and notes what it was told; refuses the requests that `refuses` names."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Notes)
        self.told: Told = []
        self.refuses = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def of(self, path: str) -> list[Any]:
        """The bodies of the requests to a path of MLflow."""
        return [body for _, asked, _, body in self.told if asked == f"/api/2.0/mlflow/{path}"]


class Notes(BaseHTTPRequestHandler):
    server: Mlflow  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        self._answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST"})

    def do_POST(self) -> None:
        answers: dict[str, dict[str, Any]] = {
            "experiments/create": {"experiment_id": "7"},
            "runs/create": {"run": {"info": {"run_id": "abc", "artifact_uri": "s3://bucket/mlflow/7/abc/artifacts"}}},
        }
        known = next((answer for path, answer in answers.items() if self.path.endswith(path)), dict[str, Any]())
        refused = bool(self.server.refuses) and self.path.endswith(self.server.refuses)
        self._answer(503 if refused else 200, known)

    def do_PUT(self) -> None:
        self._answer(200, {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def _answer(self, status: int, body: Mapping[str, Any]) -> None:
        received = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        sent = json.loads(received) if self.command == "POST" else received
        self.server.told.append((self.command, unquote(self.path), headers, sent))
        content = b"" if self.command == "PUT" else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def mlflow() -> Iterator[Mlflow]:
    with Mlflow() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(image: LocalImage, tmp_path: Path, mlflow: Mlflow) -> Run:
    """Train with these variables, and with those of a job that reaches AWS at the server's address."""

    def train(hyperparameters: Mapping[str, object], **variables: str) -> "subprocess.CompletedProcess[str]":
        configuration = tmp_path / "input" / "config"
        configuration.mkdir(parents=True)
        (configuration / "hyperparameters.json").write_text(json.dumps(hyperparameters))
        given = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": mlflow.address,
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": mlflow.address,
            "TRAINING_JOB_NAME": "job-1",
            **variables,
        }
        return subprocess.run(
            image.command_line(["train"]),
            env={**process_environment(image, tmp_path), **given},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return train


SHORT = {"dataset": "breast-cancer", "num_iterations": 12}


def test_a_run_holds_parameters_rounds_data_lock_and_artifacts(run: Run, mlflow: Mlflow, tmp_path: Path) -> None:
    done = run(SHORT, MLFLOW_TRACKING_URI=SERVER, MLFLOW_EXPERIMENT_NAME="churn")
    assert done.returncode == 0, done.stderr
    assert mlflow.of("experiments/create") == [{"name": "churn"}]
    [begun] = mlflow.of("runs/create")
    assert (begun["experiment_id"], begun["run_name"]) == ("7", "job-1")
    model = json.loads((tmp_path / "model" / "model.json").read_text())
    tags = {tag["key"]: tag["value"] for tag in begun["tags"]}
    assert tags == {"sagemaker.training_job": "job-1", "lock.sha256": model["lock_digest"]}
    batches = mlflow.of("runs/log-batch")
    parameters = {pair["key"]: pair["value"] for batch in batches for pair in batch.get("params", ())}
    assert parameters["num_iterations"] == "12"
    assert parameters.keys() == model["hyperparameters"].keys()
    measured = [each for batch in batches for each in batch.get("metrics", ())]
    losses = {each["step"]: each["value"] for each in measured if each["key"] == "validation/binary_logloss"}
    assert list(losses) == list(range(1, 13))
    assert losses[12] < losses[1]
    written = json.loads((tmp_path / "output" / "data" / "metrics.json").read_text())
    last = {each["key"]: each["value"] for each in measured}
    assert last["validation/auc"] == pytest.approx(written["validation:auc"])
    [inputs] = mlflow.of("runs/log-inputs")
    names = [each["dataset"]["name"] for each in inputs["datasets"]]
    assert names == ["breast-cancer", "breast-cancer, held out"]
    put = [path for method, path, _, _ in mlflow.told if method == "PUT"]
    place = "/bucket/mlflow/7/abc/artifacts"
    assert [path.partition("?")[0] for path in put] == [
        f"{place}/{name}" for name in ("model.json", "model.txt", "metrics.json")
    ]
    assert mlflow.of("runs/update")[0]["status"] == "FINISHED"


@pytest.mark.parametrize(
    ("uri", "header", "signed_for"),
    [
        (SERVER, "x-mlflow-sm-tracking-server-arn", "sagemaker-mlflow"),
        (APP, "x-sm-mlflow-app-arn", "sagemaker"),
    ],
)
def test_requests_name_the_arn_and_are_signed(
    run: Run, mlflow: Mlflow, uri: str, header: str, signed_for: str
) -> None:
    done = run(SHORT, MLFLOW_TRACKING_URI=uri)
    assert done.returncode == 0, done.stderr
    asked = [headers for _, path, headers, _ in mlflow.told if path.startswith("/api/")]
    assert asked
    for headers in asked:
        assert headers[header] == uri
        assert f"/us-east-1/{signed_for}/aws4_request" in headers["authorization"]
        assert header in headers["authorization"]


def test_tracking_changes_no_byte_of_the_model(run: Run, mlflow: Mlflow, tmp_path: Path, trained: Any) -> None:
    hyperparameters = {"dataset": "breast-cancer"}
    assert run(hyperparameters, MLFLOW_TRACKING_URI=APP).returncode == 0
    for name in ("model.txt", "model.json"):
        assert (tmp_path / "model" / name).read_bytes() == (trained.base / "model" / name).read_bytes()


@pytest.mark.parametrize("refused", ["runs/create", "runs/log-batch", "runs/log-inputs", "runs/update"])
def test_an_mlflow_that_fails_is_told_once_and_fails_no_training(run: Run, mlflow: Mlflow, refused: str) -> None:
    mlflow.refuses = refused
    done = run(SHORT, MLFLOW_TRACKING_URI=SERVER)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the training is not tracked any further") == 1
    assert f"MLflow refuses {refused}: 503" in done.stderr
    assert len(mlflow.of(refused)) == 1


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}, "MLflow cannot be reached at http://127.0.0.1:9"),
        ({"MLFLOW_TRACKING_URI": "s3://bucket"}, "neither an address nor the ARN of an MLflow: s3://bucket"),
        ({"MLFLOW_TRACKING_URI": SERVER, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
)
def test_one_that_is_not_there_fails_no_training(run: Run, variables: Mapping[str, str], words: str) -> None:
    done = run(SHORT, **variables)
    assert done.returncode == 0, done.stderr
    assert words in done.stderr
    assert done.stderr.count("the training is not tracked any further") == 1


def test_a_training_that_fails_says_so(run: Run, mlflow: Mlflow, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("where the folder should be")
    assert run(SHORT, MLFLOW_TRACKING_URI=SERVER).returncode == 1
    assert [each["status"] for each in mlflow.of("runs/update")] == ["FAILED"]


def test_without_an_address_nothing_is_asked(run: Run, mlflow: Mlflow) -> None:
    assert run(SHORT).returncode == 0
    assert mlflow.told == []
