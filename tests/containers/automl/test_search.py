"""The search for the best model of a table: what it leaves, and that all of it is true."""

import csv
import json
import re
import signal
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import Serve, Trained, process_environment, run_training
from harness.containers.processing import Process
from harness.containers.shared_training import train_once

SEARCHES = {
    "binary": {"dataset": "breast-cancer", "max_candidates": "6"},
    "regression": {"dataset": "diabetes", "max_candidates": "12"},
    # One more than there are defaults, so that a sampled one is compared byte by byte too.
    "multiclass": {"label": "kind", "max_candidates": "6"},
}
LEFT = {"leaderboard.json", "leaderboard.csv", "explainability.json", "report.html", "winner.ipynb", "metrics.json"}
# A name that LightGBM's own files cannot hold, a column without a value and one that says all.
FLOWERS = "kind,petal [cm],empty,noise\n" + "".join(
    f"{kind},{place + (row % 7) / 10},,{row * 37 % 11}\n"
    for row in range(60)
    for place, kind in enumerate(['"a, b"', "c", "<d>"])
)


@pytest.fixture(scope="module", params=[*SEARCHES])
def search(request: pytest.FixtureRequest, image: LocalImage, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A finished search of each objective; only read it."""
    kind: str = request.param
    if kind == "multiclass":
        folder = tmp_path_factory.mktemp("multiclass")
        return run_training(image, folder, SEARCHES[kind], {"train": {"rows.csv": FLOWERS}}, role="automl")
    return train_once(tmp_path_factory, f"search-{kind}", image, SEARCHES[kind], role="automl")


def left(search: Trained, name: str) -> str:
    return (search.base / "output" / "data" / name).read_text()


def test_a_search_leaves_everything_that_it_has_found(search: Trained) -> None:
    assert search.exit_code == 0, search.output
    assert {path.name for path in (search.base / "output" / "data").iterdir()} >= LEFT
    board = json.loads(left(search, "leaderboard.json"))
    described = json.loads((search.base / "model" / "model.json").read_text())
    best = board["candidates"][0]
    completed = [one["score"] for one in board["candidates"] if one["status"] == "Completed"]
    assert completed == sorted(completed, reverse=True)
    assert best["learner"] == described["hyperparameters"]["learner"]
    assert best["parameters"].items() <= described["hyperparameters"].items()
    assert f"search:{board['metric']}={best['score']:.6f}" in search.output
    lines = list(csv.DictReader(left(search, "leaderboard.csv").splitlines()))
    assert [line["candidate"] for line in lines] == [one["name"] for one in board["candidates"]]
    metrics = json.loads(left(search, "metrics.json"))
    assert metrics["candidates"] == len(board["candidates"])
    assert metrics[f"validation:{board['metric']}"] > (0.3 if board["metric"] == "r2" else 0.97)


def test_defaults_of_every_learner_are_tried_first(search: Trained) -> None:
    found = json.loads(left(search, "leaderboard.json"))["candidates"]
    in_order = sorted(found, key=lambda one: int(one["name"][-3:]))
    assert [one["learner"] for one in in_order][:5] == ["boosted", "linear", "forest", "extra_trees", "boosted"]
    assert in_order[0]["parameters"]["num_leaves"] == 31


def test_the_winner_is_served(search: Trained, start_server: Serve) -> None:
    lines = left(search, "held_out.csv").splitlines()[1:]
    rows = list(csv.reader(lines))
    answer = start_server(search.base).invoke("\n".join(",".join(row[1:]) for row in rows))
    assert answer.status == 200, answer.body
    metrics = json.loads(left(search, "metrics.json"))
    answers = list(csv.reader(answer.body.splitlines()))
    if "validation:accuracy" in metrics:
        right = [given[0] == row[0] for given, row in zip(answers, rows, strict=True)]
        assert sum(right) / len(right) == pytest.approx(metrics["validation:accuracy"])
    else:
        errors = [abs(float(given[0]) - float(row[0])) for given, row in zip(answers, rows, strict=True)]
        assert sum(errors) / len(errors) == pytest.approx(metrics["validation:mae"])


def test_the_winner_is_evaluated(search: Trained, process: Process) -> None:
    files = {f"processing/input/model/{path.name}": path.read_text() for path in (search.base / "model").iterdir()}
    done = process("evaluate", files={**files, "processing/input/data/rows.csv": left(search, "held_out.csv")})
    assert done.exit_code == 0, done.output


def test_importances_name_every_feature_and_the_one_that_says_all_first(search: Trained) -> None:
    report = json.loads(left(search, "explainability.json"))
    ((method, explanation),) = report["explanations"].items()
    weights = explanation["label0"]["global_importances"]
    described = json.loads((search.base / "model" / "model.json").read_text())
    assert set(weights) == set(described["feature_names"])
    assert [*weights.values()] == sorted(weights.values(), reverse=True)
    learner = described["hyperparameters"]["learner"]
    assert method == ("permutation" if learner == "linear" else "tree_shap")
    if "petal [cm]" in weights:
        assert next(iter(weights)) == "petal [cm]"
        assert weights["empty"] == 0


class _Requests(HTMLParser):
    """What a browser would ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "data", "action")]
        self.found += [tag] * (tag in ("script", "link", "iframe", "img"))
        self.pictures += tag == "svg"

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_shows_all_and_asks_nobody(search: Trained) -> None:
    text = left(search, "report.html")
    page = _Requests()
    page.feed(text)
    assert page.found == []
    assert "url(" not in text
    assert "@import" not in text
    assert page.pictures == 2
    shown = " ".join(page.words)
    for candidate in json.loads(left(search, "leaderboard.json"))["candidates"]:
        assert candidate["name"] in shown
    wanted = "Residuals" if "regression" in shown else "Confusion"
    assert wanted in shown
    assert ("<d>" in shown) == ("multiclass" in shown)


def test_the_notebook_rebuilds_the_winner(search: Trained, image: LocalImage, tmp_path: Path) -> None:
    document = json.loads(left(search, "winner.ipynb"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    cells: list[dict[str, Any]] = document["cells"]
    program = tmp_path / "cells.py"
    program.write_text("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    environment = {**process_environment(image, search.base), "CHANNELS": str(search.base / "input" / "data")}
    done = subprocess.run([image.python, program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = re.search(r"of the held-out rows: (\S+) and in the search: (\S+)", done.stdout)
    assert found
    assert float(found[1]) == pytest.approx(float(found[2]), abs=1e-6)


@pytest.mark.parametrize("search", ["multiclass"], indirect=True)
def test_the_same_search_gives_the_same_bytes(search: Trained, image: LocalImage, tmp_path: Path) -> None:
    again = run_training(image, tmp_path, SEARCHES["multiclass"], {"train": {"rows.csv": FLOWERS}}, role="automl")
    for path in (
        "model/model.txt",
        "model/model.json",
        "output/data/explainability.json",
        "output/data/winner.ipynb",
    ):
        assert (search.base / path).read_bytes() == (again.base / path).read_bytes()


def test_a_spent_budget_ends_the_search_after_its_first_candidate(image: LocalImage, tmp_path: Path) -> None:
    given = {"dataset": "digits", "max_runtime_seconds": "1"}
    done = run_training(image, tmp_path, given, role="automl")
    assert done.exit_code == 0, done.output
    assert len(json.loads(left(done, "leaderboard.json"))["candidates"]) == 1


def test_a_stopped_search_keeps_the_best_so_far(image: LocalImage, tmp_path: Path) -> None:
    configuration = tmp_path / "input" / "config"
    configuration.mkdir(parents=True)
    (configuration / "hyperparameters.json").write_text(json.dumps({"dataset": "breast-cancer"}))
    environment = process_environment(image, tmp_path)
    command = image.command_line(["automl"])
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        said = running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        said += running.stdout.read()
    assert running.returncode == 0, said
    assert "stopped by SIGTERM after" in said
    board = json.loads((tmp_path / "output" / "data" / "leaderboard.json").read_text())
    assert 1 <= len(board["candidates"]) < 30
    assert (tmp_path / "model" / "model.txt").exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"metric": "roc"}, "metric must be one of auc, accuracy, f1, f1macro, r2, rmse, mse, mae, got 'roc'"),
        ({"metric": "r2"}, "metric r2 is none of a binary model; those are: auc, accuracy, f1"),
        ({"max_candidates": "0"}, "max_candidates must be a whole number from 1 to 750, got '0'"),
        ({"num_leaves": "3"}, "unknown hyperparameter 'num_leaves'"),
    ],
)
def test_mistakes_are_told(image: LocalImage, tmp_path: Path, given: dict[str, str], reason: str) -> None:
    done = run_training(image, tmp_path, {"dataset": "breast-cancer", **given}, role="automl")
    assert done.exit_code == 1
    assert reason in done.failure
