"""`python -m pytorch serve`: one model, and many."""

import json
import shutil
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Server, Trained


@pytest.fixture(scope="module")
def digits(pytorch_image: LocalImage, pytorch_trained: Trained, start_server: Serve) -> Server:
    """Two workers, because PyTorch and forked processes are not always friends."""
    return start_server(pytorch_trained.base, of=pytorch_image, MODEL_SERVER_WORKERS="2")


@pytest.fixture(scope="module")
def held_out(pytorch_trained: Trained) -> list[tuple[str, str]]:
    """The truth and the features of each held-out row."""
    lines = (pytorch_trained.base / "output" / "data" / "held_out.csv").read_text().splitlines()[1:]
    return [(truth, features) for truth, _, features in (line.partition(",") for line in lines)]


def test_answers_are_as_good_as_training_said(
    digits: Server, held_out: list[tuple[str, str]], pytorch_trained: Trained
) -> None:
    answer = digits.invoke("\n".join(features for _, features in held_out))
    assert answer.status == 200
    labels = [line.partition(",")[0] for line in answer.body.splitlines()]
    right = sum(label == truth for label, (truth, _) in zip(labels, held_out, strict=True))
    metrics = json.loads((pytorch_trained.base / "output" / "data" / "metrics.json").read_text())
    assert right / len(held_out) == pytest.approx(metrics["validation:accuracy"])


def test_one_row_is_answered_as_among_many(digits: Server, held_out: list[tuple[str, str]]) -> None:
    rows = [[float(cell) for cell in features.split(",")] for _, features in held_out[:3]]
    together = json.loads(digits.invoke(json.dumps({"instances": rows}), "application/json").body)["predictions"]
    for row, expected in zip(rows, together, strict=True):
        [alone] = json.loads(digits.invoke(json.dumps(row), "application/json").body)["predictions"]
        assert alone["predicted_label"] == expected["predicted_label"]
        assert alone["score"] == pytest.approx(expected["score"], abs=1e-6)
        assert sum(alone["score"]) == pytest.approx(1)


def test_a_missing_value_is_the_mean_and_a_word_is_refused(digits: Server, held_out: list[tuple[str, str]]) -> None:
    cells = held_out[0][1].split(",")
    assert digits.invoke(",".join(["", *cells[1:]])).status == 200
    refused = digits.invoke(",".join(["ink", *cells[1:]]))
    assert (refused.status, refused.body.startswith("row 1, column 1: 'ink' is not a number")) == (400, True)


def test_many_models_come_and_go(
    pytorch_image: LocalImage, pytorch_trained: Trained, start_server: Serve, tmp_path: Path
) -> None:
    shutil.copytree(pytorch_trained.base / "model", tmp_path / "models" / "one")
    broken = shutil.copytree(pytorch_trained.base / "model", tmp_path / "models" / "broken")
    described = json.loads((broken / "model.json").read_text())
    described["architecture"]["hidden_units"] = 8
    (broken / "model.json").write_text(json.dumps(described))
    server = start_server(tmp_path, of=pytorch_image, SAGEMAKER_MULTI_MODEL="true")

    def load(name: str) -> int:
        body = json.dumps({"model_name": name, "url": str(tmp_path / "models" / name)})
        return server.request("POST", "/models", body, {"content-type": "application/json"}).status

    assert (load("one"), load("one"), load("broken")) == (200, 409, 400)
    assert "do not belong together" in server.log
    row = ",".join(["0"] * 64)
    assert server.request("POST", "/models/one/invoke", row, {"content-type": "text/csv"}).status == 200
    assert server.request("DELETE", "/models/one").status == 200
    assert server.request("POST", "/models/one/invoke", row, {"content-type": "text/csv"}).status == 404
