"""`python -m tabular train` as a real process."""

import hashlib
import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Train, Trained, process_environment

TABULAR = Path(__file__).resolve().parents[3] / "containers" / "tabular"


def table(rows: int = 120, seed: int = 1, classes: str = "ab", header: str = "x,kind,y") -> str:
    """A CSV whose label follows from its first column."""
    source = random.Random(seed)
    lines = [header]
    for _ in range(rows):
        x, y = source.random(), source.random()
        lines.append(f"{x:.4f},{classes[int(x * len(classes))]},{'' if y < 0.1 else f'{y:.4f}'}")
    return "\n".join(lines) + "\n"


def printed_metrics(output: str) -> dict[str, float]:
    pairs = (line.split("=") for line in output.splitlines() if ":" in line and "=" in line)
    return {name: float(value) for name, value in pairs}


def test_built_in_data_set_leaves_a_model_held_out_rows_and_metrics(trained: Trained) -> None:
    assert trained.exit_code == 0, trained.output
    metrics = printed_metrics(trained.output)
    assert metrics["validation:accuracy"] > 0.9
    assert metrics["validation:auc"] > 0.95
    written = json.loads((trained.base / "output" / "data" / "metrics.json").read_text())
    assert written["validation:auc"] == pytest.approx(metrics["validation:auc"], abs=1e-6)
    held_out = (trained.base / "output" / "data" / "held_out.csv").read_text().splitlines()
    assert held_out[0].startswith("diagnosis,mean_radius,")
    assert len(held_out) - 1 == written["validation:rows"]
    assert written["validation:rows"] + written["train:rows"] == 569
    assert {line.partition(",")[0] for line in held_out[1:]} == {"benign", "malignant"}
    assert not (trained.base / "output" / "failure").exists()


def test_artifact_names_the_environment_that_made_it(trained: Trained) -> None:
    metadata = json.loads((trained.base / "model" / "model.json").read_text())
    lock = (TABULAR / "requirements.txt").read_bytes()
    assert metadata["lock_digest"] == hashlib.sha256(lock).hexdigest()
    assert metadata["python_version"].startswith("3.")
    assert metadata["classes"] == ["benign", "malignant"]
    assert len(metadata["feature_names"]) == 30
    assert sorted(path.name for path in (trained.base / "model").iterdir()) == ["model.json", "model.txt"]


def test_same_seed_gives_the_same_bytes_and_another_seed_other_rows(trained: Trained, train: Train) -> None:
    again = train({"dataset": "breast-cancer"}, folder="again")
    other = train({"dataset": "breast-cancer", "seed": "7"}, folder="other")
    for name in ("model/model.txt", "model/model.json", "output/data/held_out.csv"):
        assert (again.base / name).read_bytes() == (trained.base / name).read_bytes()
    held_out = "output/data/held_out.csv"
    assert (other.base / held_out).read_bytes() != (trained.base / held_out).read_bytes()


def test_csv_channels_with_several_files_missing_cells_and_a_validation_channel(train: Train) -> None:
    result = train(
        {"label": '"kind"', "num_iterations": "20"},
        {
            "train": {"part-1.csv": table(seed=1), "more/part-2.csv": table(seed=2)},
            "validation": {"rows.csv": table(seed=3, rows=50)},
        },
    )
    assert result.exit_code == 0, result.output
    written = json.loads((result.base / "output" / "data" / "metrics.json").read_text())
    assert (written["train:rows"], written["validation:rows"]) == (240, 50)
    assert written["validation:accuracy"] > 0.8
    metadata = json.loads((result.base / "model" / "model.json").read_text())
    assert metadata["feature_names"] == ["x", "y"]
    assert metadata["label"] == "kind"


def test_numeric_labels_and_more_than_two_classes(train: Train) -> None:
    result = train({"label": "kind", "num_iterations": "20"}, {"train": {"t.csv": table(rows=300, classes="123")}})
    assert result.exit_code == 0, result.output
    assert json.loads((result.base / "model" / "model.json").read_text())["classes"] == [1, 2, 3]
    assert printed_metrics(result.output)["validation:accuracy"] > 0.8


def test_every_bad_hyperparameter_is_reported_with_what_is_allowed(train: Train) -> None:
    result = train(
        {
            "dataset": "iris",
            "num_iteration": "5",
            "learning_rate": "0",
            "num_leaves": "2.5",
            "seed": "often",
            "held_out_fraction": "0.9",
            "max_depth": "nan",
            "sagemaker_program": "train.py",
            "_tuning_objective_metric": "validation:auc",
        }
    )
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert result.failure.count("\n") == 0
    for expected in (
        "7 mistakes",
        "dataset must be one of breast-cancer, diabetes, digits, got 'iris'",
        "unknown hyperparameter 'num_iteration' (did you mean 'num_iterations'?)",
        "learning_rate must be a number above 0 to 1, got '0'",
        "num_leaves must be a whole number from 2 to 4096, got '2.5'",
        "seed must be a whole number from 0 to 2147483647, got 'often'",
        "held_out_fraction must be a number from 0.05 to 0.5, got '0.9'",
        "max_depth must be a whole number from -1 to 64, got 'nan'",
    ):
        assert expected in result.failure


@pytest.mark.parametrize(
    ("hyperparameters", "files", "reason"),
    [
        ({}, None, "no train channel: add one, or set dataset to one of breast-cancer, diabetes, digits"),
        ({"label": "kind"}, None, "label needs a train channel"),
        ("{", None, "hyperparameters.json is not JSON"),
        ({}, {"t.csv": table()}, "label is required with a train channel"),
        ({"label": "kind", "dataset": "breast-cancer"}, {"t.csv": table()}, "leave one out"),
        ({"label": "sort"}, {"t.csv": table()}, "t.csv has no column 'sort'; its header is: x, kind, y"),
        ({"label": "kind"}, {"t.csv": "x,kind,x\n1,a,2\n"}, "t.csv names a column twice: x"),
        ({"label": "kind"}, {"t.csv": "kind\na\n"}, "t.csv has no feature column beside 'kind'"),
        ({"label": "kind"}, {"t.csv": "x,kind\n"}, "channel 'train' holds a header but no rows"),
        ({"label": "kind"}, {"t.csv": "x,kind\n1,a,3\n"}, "t.csv row 2: 3 columns, the header has 2"),
        ({"label": "kind"}, {"t.csv": "x,kind\n1,\n"}, "t.csv row 2: the label 'kind' is empty"),
        ({"label": "kind"}, {"t.csv": "x,kind\n1,a\nten,b\n"}, "t.csv row 3, column 'x': 'ten' is not a number"),
        ({"label": "kind"}, {"t.csv": "x,kind\n1,a\n2,a\n"}, "the label must have 2 to 100 distinct values, got 1"),
        ({"label": "kind"}, {"t.csv": "x,kind\n1,a\n2,b\n"}, "the rows cannot be split"),
        ({"label": "kind"}, {"a.csv": "x,kind\n1,a\n", "b.csv": "z,kind\n1,a\n"}, "b.csv has another header"),
    ],
)
def test_mistake_gives_one_line_and_exit_code_1(
    train: Train, hyperparameters: dict[str, str] | str, files: dict[str, str] | None, reason: str
) -> None:
    result = train(hyperparameters, None if files is None else {"train": files})
    assert result.exit_code == 1
    assert reason in result.failure
    assert "Traceback" not in result.output
    assert not (result.base / "model" / "model.txt").exists()


def test_unexpected_error_keeps_its_traceback_and_a_short_reason(train: Train, tmp_path: Path) -> None:
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml" / "model").write_text("a file where the model folder must be")
    result = train({"dataset": "breast-cancer"})
    assert result.exit_code == 1
    assert "Traceback" in result.output
    assert result.failure.startswith("FileExistsError: ")
    assert len(result.failure.encode()) <= 1024


def test_failure_is_cut_at_1024_bytes(train: Train) -> None:
    result = train({"dataset": "breast-cancer", **{f"näme{number}": "1" for number in range(40)}})
    assert result.exit_code == 1
    assert 1000 < len(result.failure.encode()) <= 1024


def interrupt(image: LocalImage, base: Path, hyperparameters: dict[str, str]) -> str:
    """Begin a training, send SIGTERM just before the first round, and return what it printed."""
    configuration = base / "input" / "config"
    configuration.mkdir(parents=True)
    (configuration / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    process = subprocess.Popen(
        image.command_line(["train"]), env=process_environment(image, base), stdout=subprocess.PIPE, text=True
    )
    # LightGBM is mapped just before the first round.
    maps = Path(f"/proc/{process.pid}/maps")
    while "lib_lightgbm" not in maps.read_text() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0
    return output


def rounds(base: Path) -> int:
    return json.loads((base / "output" / "data" / "metrics.json").read_text())["rounds"]


def test_sigterm_keeps_the_model_so_far(image: LocalImage, tmp_path: Path) -> None:
    slow = {"num_iterations": "10000", "min_data_in_leaf": "1", "learning_rate": "0.0001"}
    output = interrupt(image, tmp_path, {"dataset": "breast-cancer", **slow})
    assert "stopped by SIGTERM after " in output
    assert 1 <= rounds(tmp_path) < 10_000
    assert (tmp_path / "model" / "model.txt").is_file()


def test_an_interrupted_training_goes_on_from_its_checkpoint(image: LocalImage, tmp_path: Path, train: Train) -> None:
    settings = {"dataset": "breast-cancer", "num_iterations": "300", "checkpoint_rounds": "20"}
    base = tmp_path / "ml"
    (base / "checkpoints").mkdir(parents=True)
    interrupt(image, base, settings)
    reached = rounds(base)
    assert reached < 300
    resumed = train(settings)
    assert f"resumed after {reached} of 300 rounds" in resumed.output
    assert rounds(base) == 300
    whole = train(settings, folder="whole")
    assert printed_metrics(resumed.output) == pytest.approx(printed_metrics(whole.output), abs=0.01)
    again = train(settings)
    assert "resumed after 300 of 300 rounds" in again.output
    assert (again.base / "model" / "model.txt").read_bytes() == (base / "model" / "model.txt").read_bytes()


def test_a_checkpoint_of_another_training_is_not_used(tmp_path: Path, train: Train) -> None:
    (tmp_path / "ml" / "checkpoints").mkdir(parents=True)
    train({"dataset": "breast-cancer", "num_iterations": "4", "checkpoint_rounds": "2"})
    other = {"dataset": "breast-cancer", "num_iterations": "4", "num_leaves": "3"}
    assert "the checkpoint is not of this training" in train(other).output
    (tmp_path / "ml" / "checkpoints" / "checkpoint").write_text("cut off")
    assert "resumed" not in train({"dataset": "breast-cancer", "num_iterations": "4"}).output


def test_training_ends_early_when_it_no_longer_gets_better(train: Train) -> None:
    result = train({"dataset": "breast-cancer", "num_iterations": "2000", "early_stopping_rounds": "5"})
    assert rounds(result.base) < 1000
    assert printed_metrics(result.output)["validation:auc"] > 0.95


def test_wrong_role_says_how_to_call(image: LocalImage, tmp_path: Path) -> None:
    done = subprocess.run(
        image.command_line(["test"]),
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "usage: python -m tabular (train | automl | serve | process [SCRIPT] [ARGUMENT ...])\n"
