"""Both images train, serve and process where there is no network at all."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Trained, process_environment
from harness.containers.network_namespace import run_isolated


def isolated_roles(image: LocalImage, folder: Path, model: Path, rows: str) -> dict[str, Any]:
    """Train a small model; serve `model`, and evaluate it, with these labelled rows."""
    header, *lines = rows.splitlines()
    training, serving = folder / "training", folder / "serving"
    files = {
        training / "input/config/hyperparameters.json": json.dumps({"label": header.partition(",")[0]}),
        training / "input/data/train/rows.csv": rows,
        serving / "processing/input/data/rows.csv": rows,
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True)
        path.write_text(content)
    shutil.copytree(model, serving / "model")
    shutil.copytree(model, serving / "processing/input/model")
    port = {"SAGEMAKER_BIND_TO_PORT": "8080", "SERVING_BIND_HOST": "127.0.0.1", "MODEL_SERVER_WORKERS": "1"}
    features = lines[0].partition(",")[2]
    environment = process_environment(image, serving)
    return run_isolated(
        [
            {"run": image.command_line(["train"]), "environment": process_environment(image, training)},
            {
                "serve": image.command_line(["serve"]),
                "environment": environment | port,
                "port": 8080,
                "body": features,
            },
            {"run": image.command_line(["process", "evaluate"]), "environment": environment},
        ]
    )


@pytest.mark.parametrize("name", ["tabular", "pytorch"])
def test_every_role_works_without_a_network_and_looks_for_none(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    image: LocalImage = request.getfixturevalue("image" if name == "tabular" else "pytorch_image")
    trained: Trained = request.getfixturevalue("trained" if name == "tabular" else "pytorch_trained")
    rows = (trained.base / "output" / "data" / "held_out.csv").read_text()
    seen = isolated_roles(image, tmp_path, trained.base / "model", rows)
    assert (seen["interfaces"], seen["routes"]) == (["lo"], [])
    training, serving, processing = seen["answers"]
    assert training["exit_code"] == 0, training["output"]
    assert (serving["status"], serving["exit_code"]) == (200, 0), serving["output"]
    assert processing["exit_code"] == 0, processing["output"]
    assert "accuracy" in processing["output"]
    assert seen["lost"] == {}


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_an_attempt_to_leave_is_seen_even_when_its_error_is_swallowed(kind: str) -> None:
    attempt = (
        "import contextlib, socket\n"
        "with contextlib.suppress(OSError):\n"
        f"    socket.socket(type=socket.{kind}).connect(('192.0.2.1', 80))\n"
    )
    seen = run_isolated([{"run": [sys.executable, "-c", attempt], "environment": {}}])
    assert seen["answers"][0] == {"exit_code": 0, "output": ""}
    assert seen["lost"] == {"Ip:OutNoRoutes": 1}
