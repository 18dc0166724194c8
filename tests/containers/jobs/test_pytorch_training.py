"""`python -m pytorch train` in one process."""

import json
import signal
import subprocess
from pathlib import Path

from emulator.images.store import LocalImage
from harness.containers.container_processes import Trained, process_environment, run_training

TWO_MOONS = "x,y,kind\n" + "".join(
    f"{x / 10 + 3 * (x % 2)},{'' if x % 7 == 0 else x % 5},{'no' if x % 2 else 'yes'}\n" for x in range(60)
)


def metrics(base: Path) -> dict[str, float]:
    return json.loads((base / "output" / "data" / "metrics.json").read_text())


def test_digits_leave_a_model_metrics_and_held_out_rows(pytorch_trained: Trained) -> None:
    assert pytorch_trained.exit_code == 0, pytorch_trained.output
    assert metrics(pytorch_trained.base)["validation:accuracy"] > 0.9
    assert metrics(pytorch_trained.base)["validation:auc"] > 0.98
    assert "epoch 6: train:loss=0." in pytorch_trained.output
    held_out = (pytorch_trained.base / "output" / "data" / "held_out.csv").read_text().splitlines()
    assert held_out[0].startswith("digit,pixel_0_0,")
    model = pytorch_trained.base / "model"
    assert sorted(path.name for path in model.iterdir()) == ["model.json", "model.safetensors"]
    described = json.loads((model / "model.json").read_text())
    assert described["classes"] == list(range(10))
    assert described["architecture"] == {
        "network": "multilayer-perceptron",
        "features": 64,
        "hidden_layers": 2,
        "hidden_units": 64,
        "outputs": 10,
    }


def test_a_resumed_training_ends_with_the_bytes_of_an_uninterrupted_one(
    pytorch_image: LocalImage, pytorch_trained: Trained, tmp_path: Path
) -> None:
    (tmp_path / "checkpoints").mkdir()
    half = {"dataset": "digits", "epochs": "3", "checkpoint_epochs": "3"}
    run_training(pytorch_image, tmp_path, half)
    whole = run_training(pytorch_image, tmp_path, half | {"epochs": "6"})
    assert "resumed after 3 of 6 epochs" in whole.output
    model = "model/model.safetensors"
    assert (whole.base / model).read_bytes() == (pytorch_trained.base / model).read_bytes()


def test_missing_values_early_stop_and_words_as_labels(pytorch_image: LocalImage, tmp_path: Path) -> None:
    settings = {"label": "kind", "epochs": "5000", "early_stopping_epochs": "5", "learning_rate": "0.05"}
    result = run_training(pytorch_image, tmp_path, settings, {"train": {"rows.csv": TWO_MOONS}})
    assert result.exit_code == 0, result.output
    assert metrics(tmp_path)["epochs"] < 1000
    assert metrics(tmp_path)["validation:accuracy"] == 1.0
    assert json.loads((tmp_path / "model" / "model.json").read_text())["classes"] == ["no", "yes"]


def test_sigterm_keeps_the_model_so_far(pytorch_image: LocalImage, tmp_path: Path) -> None:
    settings = {"label": "kind", "epochs": "10000"}
    for name, content in (("config/hyperparameters.json", json.dumps(settings)), ("data/train/rows.csv", TWO_MOONS)):
        (tmp_path / "input" / name).parent.mkdir(parents=True)
        (tmp_path / "input" / name).write_text(content)
    with subprocess.Popen(
        pytorch_image.command_line(["train"]),
        env=process_environment(pytorch_image, tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("epoch 1: ")
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()
    assert process.returncode == 0
    assert "stopped by SIGTERM after " in said
    assert 1 <= metrics(tmp_path)["epochs"] < 10_000


def test_mistakes_are_one_line(pytorch_image: LocalImage, tmp_path: Path) -> None:
    result = run_training(pytorch_image, tmp_path, {"dataset": "digits", "epoch": "3", "hidden_units": "many"})
    assert result.exit_code == 1
    assert result.failure == (
        "2 mistakes in the hyperparameters: unknown hyperparameter 'epoch' (did you mean 'epochs'?); "
        "hidden_units must be a whole number from 1 to 16384, got 'many'"
    )
    assert "Traceback" not in result.output


def test_wrong_role_says_how_to_call(pytorch_image: LocalImage, tmp_path: Path) -> None:
    done = subprocess.run(
        pytorch_image.command_line(["test"]),
        env=process_environment(pytorch_image, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m pytorch (train | serve | process")
