"""Numbers to predict: trained, served and judged by both images, on scikit-learn's diabetes patients."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pvariance
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Server, Train, Trained, run_training
from harness.containers.processing import Process, run_processing
from harness.containers.shared_training import train_once

# Gentle trees: 353 rows are few. The images reach 0.37 and 0.40, and with five other seeds 0.38 to 0.64.
SETTINGS = {
    "tabular": {"dataset": "diabetes", "num_iterations": "60", "learning_rate": "0.05", "num_leaves": "6"},
    "pytorch": {"dataset": "diabetes", "epochs": "8"},
}
LEAST_R2 = 0.3
METRICS = ("rmse", "mae", "r2")


@dataclass(frozen=True)
class Learned:
    """An image, what it has learned, and the held-out rows: each label and its features as CSV."""

    image: LocalImage
    trained: Trained

    @property
    def metrics(self) -> dict[str, float]:
        return json.loads((self.trained.base / "output" / "data" / "metrics.json").read_text())

    @property
    def description(self) -> dict[str, Any]:
        return json.loads((self.trained.base / "model" / "model.json").read_text())

    @property
    def held_out(self) -> list[tuple[float, str]]:
        lines = (self.trained.base / "output" / "data" / "held_out.csv").read_text().splitlines()[1:]
        return [(float(truth), features) for truth, _, features in (line.partition(",") for line in lines)]


@pytest.fixture(scope="module", params=["tabular", "pytorch"])
def learned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Learned:
    image: LocalImage = request.getfixturevalue("image" if request.param == "tabular" else "pytorch_image")
    name = f"{request.param}-diabetes"
    return Learned(image, train_once(tmp_path_factory, name, image, SETTINGS[request.param]))


@pytest.fixture(scope="module")
def patients(learned: Learned, start_server: Serve) -> Server:
    return start_server(learned.trained.base, of=learned.image)


def test_training_follows_from_the_label_and_says_how_good_it_is(learned: Learned) -> None:
    assert learned.trained.exit_code == 0, learned.trained.output
    assert "the label 'progression' has 214 distinct numbers: a regression" in learned.trained.output
    printed = dict(re.findall(r"^((?:train|validation):\w+)=(-?[0-9.]+)$", learned.trained.output, re.MULTILINE))
    assert list(printed) == [f"{part}:{name}" for part in ("train", "validation") for name in METRICS]
    for name, value in printed.items():
        assert learned.metrics[name] == pytest.approx(float(value), abs=1e-6)
    assert learned.metrics["validation:r2"] > LEAST_R2
    assert learned.metrics["train:rows"] + learned.metrics["validation:rows"] == 442
    assert learned.metrics["validation:rows"] == 88


def test_the_artifact_says_that_it_is_a_regression(learned: Learned) -> None:
    described = learned.description
    assert (described["objective"], described["classes"], described["label"]) == ("regression", [], "progression")
    assert described["feature_names"] == ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def test_numbers_are_served_in_every_format(learned: Learned, patients: Server) -> None:
    rows = [features for _, features in learned.held_out]
    lists = [[float(cell) for cell in row.split(",")] for row in rows]
    table = patients.invoke("\n".join(rows))
    numbers = [float(line) for line in table.body.splitlines()]
    assert (table.status, table.headers["content-type"].partition(";")[0]) == (200, "text/csv")
    document = patients.invoke(json.dumps({"instances": lists}), "application/json")
    assert json.loads(document.body) == {"predictions": [{"score": pytest.approx(each)} for each in numbers]}
    lines = patients.invoke("\n".join(json.dumps(row) for row in lists), "application/jsonlines")
    assert [json.loads(line) for line in lines.body.splitlines()] == [
        {"score": pytest.approx(each)} for each in numbers
    ]
    alone = patients.invoke(rows[0])
    assert float(alone.body) == pytest.approx(numbers[0], rel=1e-5)
    truth = [each for each, _ in learned.held_out]
    squares = fmean((found - each) ** 2 for found, each in zip(numbers, truth, strict=True))
    assert 1 - squares / pvariance(truth) == pytest.approx(learned.metrics["validation:r2"])


def test_a_record_without_a_number_does_not_fail_its_file(learned: Learned, start_server: Serve) -> None:
    server = start_server(learned.trained.base, of=learned.image, SAGEMAKER_BATCH="true")
    good = learned.held_out[0][1]
    first, second = server.invoke(f"{good}\nold{good}").body.splitlines()
    assert (float(first) > 0, second) == (True, "ERROR")


def evaluated(learned: Learned, base: Path, rows: str) -> tuple[dict[str, dict[str, Any]], str]:
    (base / "processing/input/model").mkdir(parents=True)
    shutil.make_archive(str(base / "processing/input/model/model"), "gztar", learned.trained.base / "model")
    result = run_processing(learned.image, base, "evaluate", files={"processing/input/data/rows.csv": rows})
    assert result.exit_code == 0, result.output
    report = json.loads((base / "processing/output/evaluation/metrics.json").read_text())
    assert list(report) == ["regression_metrics"]
    return report["regression_metrics"], result.message


def test_evaluate_writes_sagemakers_regression_metrics(learned: Learned, patients: Server, tmp_path: Path) -> None:
    rows = (learned.trained.base / "output/data/held_out.csv").read_text()
    written, said = evaluated(learned, tmp_path, rows)
    answers = patients.invoke("\n".join(features for _, features in learned.held_out)).body.splitlines()
    off = [float(found) - truth for found, (truth, _) in zip(answers, learned.held_out, strict=True)]
    squares = fmean(each**2 for each in off)
    expected = {
        "mae": fmean(map(abs, off)),
        "mse": squares,
        "rmse": squares**0.5,
        "r2": 1 - squares / pvariance([truth for truth, _ in learned.held_out]),
    }
    assert list(written) == list(expected)
    assert {name: metric["value"] for name, metric in written.items()} == pytest.approx(expected)
    # SageMaker gives a deviation from 200 rows on.
    assert {metric["standard_deviation"] for metric in written.values()} == {"NaN"}
    assert said == f"rmse {written['rmse']['value']:.6f} over 88 rows"


def test_evaluate_of_many_rows_gives_deviations(learned: Learned, tmp_path: Path) -> None:
    header, *rows = (learned.trained.base / "output/data/held_out.csv").read_text().splitlines()
    written, _ = evaluated(learned, tmp_path, "\n".join([header, *rows * 3]))
    for metric in written.values():
        assert 0 < metric["standard_deviation"] < abs(metric["value"]) / 2


def test_evaluate_refuses_words_and_an_artifact_that_contradicts_itself(learned: Learned, tmp_path: Path) -> None:
    header = (learned.trained.base / "output/data/held_out.csv").read_text().splitlines()[0]
    model = shutil.copytree(learned.trained.base / "model", tmp_path / "processing/input/model")
    files = {"processing/input/data/rows.csv": f"{header}\nhigh,{learned.held_out[0][1]}\n"}
    refused = run_processing(learned.image, tmp_path, "evaluate", files=files)
    assert refused.exit_code == 1
    assert refused.message == "the model predicts numbers, and the label 'high' is none"
    (model / "model.json").write_text(json.dumps(learned.description | {"classes": ["low", "high"]}))
    refused = run_processing(learned.image, tmp_path, "evaluate", files=files)
    assert refused.message.startswith(
        "the model cannot be loaded: model.json contradicts itself: objective 'regression' and classes "
    )


def test_a_model_from_before_regressions_is_still_one_of_classes(
    image: LocalImage, trained: Trained, tmp_path: Path
) -> None:
    model = shutil.copytree(trained.base / "model", tmp_path / "processing/input/model")
    described = json.loads((model / "model.json").read_text())
    assert described.pop("objective") == "binary"
    (model / "model.json").write_text(json.dumps(described))
    rows = (trained.base / "output/data/held_out.csv").read_text()
    result = run_processing(image, tmp_path, "evaluate", files={"processing/input/data/rows.csv": rows})
    assert result.message.startswith("accuracy 0.9")


def heights(rows: int, first: int = 0) -> str:
    """A CSV with a number that follows from the feature, of few distinct values."""
    return "x,height\n" + "".join(f"{x},{2.5 * x + 10:.1f}\n" for x in range(first, first + rows))


def test_few_numbers_are_a_regression_when_asked_for(train: Train) -> None:
    settings = {"label": "height", "objective": '"regression"', "min_data_in_leaf": "1"}
    result = train(
        settings, {"train": {"t.csv": heights(60)}, "validation": {"v.csv": heights(3, 20) + "2.5,16.3\n"}}
    )
    assert result.exit_code == 0, result.output
    written = json.loads((result.base / "output" / "data" / "metrics.json").read_text())
    assert (written["train:rows"], written["validation:rows"]) == (60, 4)
    assert written["validation:r2"] > 0.9
    assert json.loads((result.base / "model" / "model.json").read_text())["objective"] == "regression"


WORDS = "x,kind\n" + "".join(f"{row},w{row // 2}\n" for row in range(220))
THREE = "x,kind\n" + "".join(f"{row},{row % 3}\n" for row in range(30))
TWO = "x,kind\n" + "".join(f"{row},{row % 2}\n" for row in range(30))
SAME = "x,kind\n1,3.0\n2,3\n"


@pytest.mark.parametrize(
    ("objective", "rows", "reason"),
    [
        ("quantile", TWO, "objective must be one of binary, multiclass, regression, got 'quantile'"),
        ("regression", WORDS, "objective regression needs a number as the label of each row, got 'w0'"),
        ("regression", "x,kind\n1,1\n2,nan\n", "needs a number as the label of each row, got 'nan'"),
        ("regression", SAME, "objective regression needs labels that differ, got 3.0 in every row"),
        ("binary", THREE, "objective binary needs a label with 2 distinct values, got 3"),
        ("multiclass", TWO, "objective multiclass needs a label with 3 to 100 distinct values, got 2"),
        ("multiclass", WORDS, "the label must have 2 to 100 distinct values, got 110"),
        ("", WORDS, "distinct values, got 110 with 'w0', which is no number, among them"),
        ("", heights(60), "label '10.0' has a single one; to predict numbers, set objective to regression"),
    ],
)
def test_a_label_that_fits_no_objective_is_refused_in_one_line(
    train: Train, objective: str, rows: str, reason: str
) -> None:
    given = {"label": rows.partition("\n")[0].partition(",")[2], "objective": objective}
    result = train({name: value for name, value in given.items() if value}, {"train": {"t.csv": rows}})
    assert result.exit_code == 1
    assert reason in result.failure
    assert "\n" not in result.failure
    assert "Traceback" not in result.output


def test_two_processes_learn_the_numbers_together(pytorch_image: LocalImage, tmp_path: Path) -> None:
    result = run_training(pytorch_image, tmp_path, SETTINGS["pytorch"] | {"processes_per_host": "2"})
    assert result.exit_code == 0, result.output
    written = json.loads((tmp_path / "output" / "data" / "metrics.json").read_text())
    assert written["processes"] == 2
    assert written["validation:r2"] > LEAST_R2


def test_preprocess_parts_numbers_without_classes(process: Process) -> None:
    given = {"processing/input/data/rows.csv": heights(40)}
    refused = process("preprocess", "--label", "height", files=given)
    assert refused.message.endswith("has a single one; to predict numbers, set objective to regression")
    done = process("preprocess", "--label", "height", "--objective", "regression", files=given)
    assert done.message == "kept 40 of 40 rows: 32 to train with, 8 to validate with"
    many = process("preprocess", "--label", "height", files={"processing/input/data/rows.csv": heights(150)})
    assert many.message == "kept 150 of 150 rows: 120 to train with, 30 to validate with"
