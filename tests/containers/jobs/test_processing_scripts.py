"""`process`: the scripts that every image brings along."""

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Trained, process_environment
from harness.containers.processing import Process, run_processing
from harness.containers.programs import program


def read_csv(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def test_preprocess_cleans_and_parts_the_rows(process: Process) -> None:
    lines = [f"{number},{number % 3},{'ab'[number % 2]}" for number in range(40)]
    files = {
        "processing/rows/1.csv": "\n".join(["id,x,kind", *lines, "40,1,", ""]),
        "processing/rows/2.csv": "\n".join(["id,x,kind", *lines[:5], ""]),
    }
    job = {
        "ProcessingInputs": [{"InputName": "data", "S3Input": {"LocalPath": "/opt/ml/processing/rows"}}],
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "train", "S3Output": {"LocalPath": "/opt/ml/processing/learn"}}]
        },
    }
    options = ("--label", "kind", "--drop", "id", "--validation-fraction", "0.25")
    result = process("preprocess", *options, files=files, processingjobconfig=job)
    assert result.exit_code == 0, result.output
    assert result.message == "kept 40 of 46 rows: 30 to train with, 10 to validate with"
    train = read_csv(result.base / "processing" / "learn" / "train.csv")
    validation = read_csv(result.base / "processing" / "output" / "validation" / "validation.csv")
    assert train[0] == validation[0] == ["x", "kind"]
    assert [len(train), len(validation)] == [31, 11]
    assert [row[1] for row in validation].count("a") == 5


SKLEARN = program("probes/sklearn_metrics.py")


def test_evaluate_measures_what_scikit_learn_measures(
    process: Process, trained: Trained, image: LocalImage, tmp_path: Path
) -> None:
    held_out = trained.base / "output" / "data" / "held_out.csv"
    (tmp_path / "processing/input/model").mkdir(parents=True)
    shutil.make_archive(str(tmp_path / "processing/input/model/model"), "gztar", trained.base / "model")
    result = process("evaluate", files={"processing/input/data/rows.csv": held_out.read_text()})
    assert result.exit_code == 0, result.output
    written: dict[str, Any] = json.loads((result.base / "processing/output/evaluation/metrics.json").read_text())[
        "binary_classification_metrics"
    ]
    done = subprocess.run(
        [image.python, "-c", SKLEARN, trained.base / "model", held_out],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = json.loads(done.stdout)
    confusion = [list(row.values()) for row in written["confusion_matrix"].values()]
    assert list(written["confusion_matrix"]) == ["benign", "malignant"]
    assert confusion == expected.pop("confusion")
    assert {name: written[name]["value"] for name in expected} == pytest.approx(expected)
    # Fewer than 200 rows: too few for a deviation.
    assert written["accuracy"]["standard_deviation"] == "NaN"
    curve = written["receiver_operating_characteristic_curve"]
    assert (curve["false_positive_rates"][0], curve["true_positive_rates"][-1]) == (0.0, 1.0)


def test_evaluate_of_several_classes(pytorch_image: LocalImage, pytorch_trained: Trained, tmp_path: Path) -> None:
    shutil.copytree(pytorch_trained.base / "model", tmp_path / "processing/input/model")
    held_out = (pytorch_trained.base / "output/data/held_out.csv").read_text()
    result = run_processing(pytorch_image, tmp_path, "evaluate", files={"processing/input/data/rows.csv": held_out})
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "processing/output/evaluation/metrics.json").read_text())
    written = report["multiclass_classification_metrics"]
    trained = json.loads((pytorch_trained.base / "output/data/metrics.json").read_text())
    assert written["accuracy"]["value"] == pytest.approx(trained["validation:accuracy"])
    assert written["weighted_recall"]["value"] == pytest.approx(written["accuracy"]["value"])
    assert 0 < written["accuracy"]["standard_deviation"] < 0.1
    assert list(written["confusion_matrix"]) == [str(digit) for digit in range(10)]


def test_drift_names_the_features_that_are_spread_otherwise(process: Process) -> None:
    baseline = [f"{number % 50},{number % 7},a" for number in range(500)]
    shifted = [f"{number % 50 + 30},{number % 7},a" for number in range(200)]
    header = "moved,same,kind"
    files = {
        "processing/input/baseline/rows.csv": "\n".join([header, *baseline]),
        "processing/input/data/rows.csv": "\n".join([header, *shifted]),
    }
    result = process("drift", "--label", "kind", files=files)
    assert result.exit_code == 0, result.output
    assert result.message == "1 of 2 features have drifted"
    report = json.loads((result.base / "processing/output/drift/constraint_violations.json").read_text())
    [violation] = report["violations"]
    assert (violation["feature_name"], violation["constraint_check_type"]) == ("moved", "baseline_drift_check")
    indexes = dict(line.split("=") for line in result.output.splitlines() if line.startswith("psi:"))
    assert float(indexes["psi:moved"]) > 1
    assert float(indexes["psi:same"]) < 0.01
