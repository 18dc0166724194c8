"""Truth that comes late, twice, in contradiction or never; quality, bias and attributions that change with it."""

import base64
import importlib
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.monitor.captured import captured, told, write_csv, write_lines, write_truth
from monitor.attribution import similarity
from monitor.folders import Folders
from monitor.running import run
from monitor.settings import SettingsError
from monitor.start import make_baseline

stats: Any = importlib.import_module("scipy.stats")
HEADER = ["age", "income", "sex", "p", "y"]
BINARY: Mapping[str, Any] = {
    "outputs": ["p"],
    "problem": "BinaryClassification",
    "probability": "p",
    "truth": "y",
    "facets": {"sex": ["f"], "age": 50},
}


def people(count: int, seed: int, *, worse: float = 0.0, against: float = 0.0) -> Iterator[list[str]]:
    """Rows with their truth; answers are worse by noise, or lower for women."""
    source = numpy.random.default_rng(seed)
    for _ in range(count):
        age, income, sex = source.normal(45, 10), source.normal(), source.choice(["f", "m"], p=[0.4, 0.6])
        logit = (age - 45) / 5 + income
        truth = source.uniform() < 1 / (1 + numpy.exp(-logit))
        said = logit * (1 - worse) + worse * 3 * source.normal() - (3 * against if sex == "f" else 0.0)
        numbers = f"{age:.3f}", f"{income:.4f}"
        yield [*numbers, str(sex), f"{1 / (1 + numpy.exp(-said)):.5f}", str(int(truth))]


def began(base: Path, header: list[str] = HEADER, rows: Iterator[list[str]] | None = None, **settings: Any) -> Path:
    """A folder with a baseline, by these settings."""
    write_csv(base / "processing/input/rows/train.csv", header, rows or people(4_000, 1))
    given = base / "processing/input/settings/settings.json"
    given.parent.mkdir(parents=True)
    given.write_text(json.dumps({**BINARY, **settings}))
    make_baseline(Folders(base, {}))
    (base / "processing/input/baseline").mkdir()
    report = base / "processing/output/report/statistics.json"
    report.rename(base / "processing/input/baseline/statistics.json")
    return base


def look(base: Path, **variables: str) -> Mapping[str, Any]:
    run(Folders(base, variables))
    return document(base, "report.json")


def document(base: Path, name: str) -> Any:
    return json.loads((base / "processing/output/report" / name).read_text())


def violations(report: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["feature"], each["check"]) for each in report["checks"] if each["state"] == "violation"}


def asked_and_told(rows: list[list[str]]) -> tuple[list[str], list[str]]:
    lines = [captured(",".join(row[:3]), row[3], inference=f"i{place}") for place, row in enumerate(rows)]
    return lines, [told(f"i{place}", row[4]) for place, row in enumerate(rows)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a baseline of two classes; files of requests, truth and reports are each test's own."""
    return began(tmp_path_factory.mktemp("binary"))


def test_a_model_that_is_as_good_is_fine_and_its_truth_is_covered(base: Path) -> None:
    lines, truths = asked_and_told(list(people(1_500, 2)))
    write_lines(base, lines)
    write_truth(base, truths)
    report = look(base)
    assert violations(report) == set()
    assert (report["truth"]["judged"], report["truth"]["waiting"], report["truth"]["never"]) == (1_500, 0, 0)
    assert report["truth"]["hours_late"] == [1.5, 1.5]
    assert report["truth"]["days"] == [{"day": "2026-11-29", "predictions": 1_500, "truths": 1_500}]
    found = document(base, "quality/statistics.json")["binary_classification_metrics"]
    assert {"recall", "precision", "accuracy", "auc", "f0_5", "f1", "f2", "true_positive_rate"} < set(found)
    assert {f"{each}_best_constant_classifier" for each in ("recall", "precision", "accuracy", "f1")} < set(found)
    assert sum(found["confusion_matrix"][a][b] for a in "01" for b in "01") == 1_500
    entries = (base / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl").read_text().splitlines()
    assert {"auc", "bias_metric_DPPL", "bias_metric_FT"} < {json.loads(each)["MetricName"] for each in entries}
    facets = document(base, "bias/analysis.json")["post_training_bias_metrics"]["facets"]
    assert [each["value_or_threshold"] for each in facets["sex"] + facets["age"]] == ["f", "above 50"]


def test_a_model_that_answers_worse_is_named_by_its_metrics(base: Path) -> None:
    lines, truths = asked_and_told(list(people(1_500, 3, worse=0.5)))
    write_lines(base, lines)
    write_truth(base, truths)
    named = violations(look(base))
    assert {("accuracy", "quality"), ("auc", "quality")} <= named
    found = {each["metric_name"] for each in document(base, "quality/constraint_violations.json")["violations"]}
    assert found == {feature for feature, check in named if check == "quality"}
    limits = document(base, "quality/constraints.json")["binary_classification_constraints"]
    assert limits["auc"]["comparison_operator"] == "LessThanThreshold"


def test_a_concept_that_changes_is_seen_in_truth_alone(base: Path) -> None:
    rows = [[*row[:4], row[4] if place % 3 else str(1 - int(row[4]))] for place, row in enumerate(people(1_500, 4))]
    lines, truths = asked_and_told(rows)
    write_lines(base, lines)
    write_truth(base, truths)
    assert {check for _, check in violations(look(base))} >= {"quality"}
    write_truth(base, [])
    assert violations(look(base)) == set()


def test_a_group_that_is_answered_otherwise_is_named_with_its_metrics(base: Path) -> None:
    lines, truths = asked_and_told(list(people(1_500, 5, against=0.7)))
    write_lines(base, lines)
    write_truth(base, truths)
    named = violations(look(base))
    assert {("DPPL of sex f", "bias"), ("RD of sex f", "bias"), ("FT of sex f", "bias")} <= named
    assert not [feature for feature, check in named if check == "bias" and "age" in feature]
    found = document(base, "bias/constraint_violations.json")["violations"]
    assert {(each["facet"], each["facet_value"], each["constraint_check_type"]) for each in found} == {
        ("sex", "f", "bias_drift_check")
    }
    # What takes no truth is found without one.
    write_truth(base, [])
    report = look(base)
    assert ("DPPL of sex f", "bias") in violations(report)
    assert report["bias"][0]["left_out"][0] == "metrics that take a truth, as none is known"


def test_truth_is_late_twice_contradictory_or_never_and_counted(base: Path) -> None:
    rows = list(people(600, 6))
    for at, name in (("2026-11-10T06:30:00Z", "a"), ("2026-11-29T06:30:00Z", "b")):
        part = rows[:300] if name == "a" else rows[300:]
        lines = [captured(",".join(row[:3]), row[3], inference=f"{name}{place}", at=at)
                 for place, row in enumerate(part)]  # fmt: skip
        write_lines(base, lines, f"{name}.jsonl")
    truths = [told(f"a{place}", rows[place][4]) for place in range(250)]
    write_truth(base, [*truths, *truths[:10], told("a0", "1"), told("a1", "0"), told("a1", "1")], "2026/11/20/01")
    # Out of order: what is collected later counts, wherever its file is listed.
    write_truth(base, [told("a0", "0"), told("b0", "1"), told("nobody", "1")], "2026/11/29/07")
    write_truth(
        base, ["no JSON", told("", "1"), told("a7", ""), '{"groundTruthData": {"da'], "2026/11/29/07", "c.jsonl"
    )
    write_truth(base, [told("a5", "1")], "somewhere", "d.jsonl")
    write_truth(base, [told("b2", "1")], "2026/11/30/00")
    report = look(base, start_time="2026-11-20T00:00:00Z", end_time="2026-11-29T08:00:00Z")
    (base / f"{HOUR}/b.jsonl").unlink()
    truth = report["truth"]
    assert truth["unreadable"] == {"no line of truth": 3, "no truth in it": 1, "not below a folder of its hour": 1}
    assert (truth["unknown"], truth["judged"]) == (1, 251)
    assert truth["contradictory"] == 2
    assert truth["repeated"] >= 10
    assert (truth["never"], truth["waiting"]) == (50, 299)
    assert truth["coverage"] == pytest.approx(250 / 300)
    assert report["truth"]["days"][0] == {"day": "2026-11-10", "predictions": 300, "truths": 250}
    assert {each["says"] for each in report["checks"] if each["check"] == "quality"} != set()
    for hour in ("2026/11/20/01", "2026/11/29/07", "somewhere", "2026/11/30/00"):
        for path in (base / "processing/input/truth" / hour).iterdir():
            path.unlink()


HOUR = "processing/input/captured/churn/AllTraffic/2026/11/29/06"


def test_truth_of_several_rows_and_in_any_encoding_is_joined_by_its_place(base: Path) -> None:
    rows = list(people(40, 7))
    asked = "\n".join(",".join(row[:3]) for row in rows)
    answers = "\n".join(row[3] for row in rows)
    lines = [captured(asked, answers, inference=each) for each in ("csv", "json", "text", "few")]
    lines.append(captured(asked, answers, inference="csv"))
    write_lines(base, lines)
    truths = [row[4] for row in rows]
    encoded = base64.b64encode("\n".join(truths).encode()).decode()
    write_truth(base, [told("csv", "\r\n".join(truths)), told("json", json.dumps([*map(int, truths)]), "JSON"),
                       told("text", encoded, "BASE64"), told("few", "1\n0")])  # fmt: skip
    truth = look(base)["truth"]
    assert (truth["judged"], truth["misfitting"], truth["predicted_twice"]) == (40 * 3 + 2, 1, 40)


def test_metrics_of_numbers_are_those_of_their_definitions(tmp_path: Path) -> None:
    source = numpy.random.default_rng(8)
    y = source.gamma(2, size=3_000)
    f = y + source.normal(size=3_000) * 0.4
    rows = [[f"{a:.6f}", f"{b:.6f}", f"{c:.6f}"] for a, b, c in zip(source.normal(size=3_000), f, y, strict=True)]
    common: dict[str, Any] = {
        "problem": "Regression",
        "prediction": "f",
        "probability": "",
        "facets": {},
    }
    base = began(tmp_path, ["x", "f", "y"], iter(rows), outputs=["f"], **common)
    found = json.loads((base / "processing/input/baseline/statistics.json").read_text())["monitor"]["answers"]
    metrics = found["quality"]["metrics"]
    expected = {"mae": numpy.abs(y - f).mean(), "mse": ((y - f) ** 2).mean(), "rmse": ((y - f) ** 2).mean() ** 0.5}
    expected["r2"] = 1 - expected["mse"] / y.var()
    assert {name: each["value"] for name, each in metrics.items()} == pytest.approx(expected, rel=1e-4)
    drawn = [source.integers(0, 3_000, 3_000) for _ in range(400)]
    errors = {"mae": [numpy.abs(y - f)[each].mean() for each in drawn],
              "r2": [1 - ((y - f)[each] ** 2).mean() / y[each].var() for each in drawn]}  # fmt: skip
    for name, values in errors.items():
        assert metrics[name]["standard_deviation"] == pytest.approx(numpy.std(values), rel=0.2)
    lines = [
        captured(row[0], f"{float(row[1]) * 1.2:.6f}", inference=str(place)) for place, row in enumerate(rows[:900])
    ]
    write_lines(base, lines)
    write_truth(base, [*(told(str(place), row[2]) for place, row in enumerate(rows[:900])), told("3", "many")])
    report = look(base)
    assert {("mae", "quality"), ("rmse", "quality")} <= violations(report)
    assert report["quality"]["unusable"] == {"truths that are no number": 1}


def test_the_area_below_the_curve_is_that_of_all_pairs(base: Path) -> None:
    found = json.loads((base / "processing/input/baseline/statistics.json").read_text())["monitor"]["answers"]
    rows = list(people(4_000, 1))
    score, truth = (numpy.asarray([float(row[place]) for row in rows]) for place in (3, 4))
    area = stats.mannwhitneyu(score[truth == 1], score[truth == 0]).statistic / (truth.sum() * (1 - truth).sum())
    assert found["quality"]["metrics"]["auc"]["value"] == pytest.approx(area, abs=1e-4)
    assert 0.003 < found["quality"]["metrics"]["auc"]["standard_deviation"] < 0.008


def test_metrics_of_classes_are_weighted_by_their_frequency(tmp_path: Path) -> None:
    source = numpy.random.default_rng(9)
    truth = source.choice(["a", "b", "1"], size=2_000, p=[0.6, 0.3, 0.1])
    said = numpy.where(source.uniform(size=2_000) < 0.8, truth, "a")
    rows = [[str(place % 37 / 7), "1.0" if b == "1" else str(b), str(a)] for place, (a, b) in
            enumerate(zip(truth, said, strict=True))]  # fmt: skip
    common: dict[str, Any] = {
        "problem": "MulticlassClassification",
        "prediction": "f",
        "probability": "",
        "facets": {},
    }
    base = began(tmp_path, ["x", "f", "y"], iter(rows), outputs=["f"], **common)
    found = json.loads((base / "processing/input/baseline/statistics.json").read_text())["monitor"]["answers"]
    metrics = {name: each["value"] for name, each in found["quality"]["metrics"].items()}
    recalls = {each: (said[truth == each] == each).mean() for each in "ab1"}
    precisions = {each: (truth[said == each] == each).mean() for each in "ab1"}
    shares = {each: (truth == each).mean() for each in "ab1"}
    assert metrics["accuracy"] == pytest.approx((said == truth).mean())
    assert metrics["weighted_recall"] == pytest.approx(metrics["accuracy"])
    assert metrics["weighted_precision"] == pytest.approx(sum(shares[each] * precisions[each] for each in "ab1"))
    one = sum(
        shares[each] * 2 * recalls[each] * precisions[each] / (recalls[each] + precisions[each]) for each in "ab1"
    )
    assert metrics["weighted_f1"] == pytest.approx(one)
    assert metrics["weighted_precision_best_constant_classifier"] == pytest.approx(shares["a"] ** 2)


def test_a_feature_that_dies_moves_in_the_order_of_attributions(tmp_path: Path) -> None:
    source = numpy.random.default_rng(10)
    names = ["sat", "gpa", "rank"]
    train = source.normal(size=(2_000, 3)) * [0.7, 0.5, 0.05]
    header = [*names, "p", *(f"of_{name}" for name in names), "y"]
    rows = [[*map(str, source.normal(size=3).round(3)), "0.5", *map(str, each.round(5)), "1"] for each in train]
    settings = {"outputs": ["p", *(f"of_{name}" for name in names)], "facets": {}, "problem": "",
                "attributions": {name: f"of_{name}" for name in names}}  # fmt: skip
    base = began(tmp_path, header, iter(rows), **settings)

    def captured_with(*sizes: float) -> list[str]:
        attributions = source.normal(size=(400, 3)) * sizes
        rows = source.normal(size=(400, 3)).round(3)
        answers = [f"0.5,{','.join(map(str, each.round(5)))}" for each in attributions]
        return [captured(",".join(map(str, row)), answer) for row, answer in zip(rows, answers, strict=True)]

    write_lines(base, captured_with(0.68, 0.52, 0.05))
    report = look(base)
    assert violations(report) == set()
    assert report["attributions"]["rows"] == 400
    write_lines(base, captured_with(0.1, 0.2, 0.7))
    report = look(base)
    assert violations(report) == {("attributions", "attribution")}
    [verdict] = [each for each in report["checks"] if each["check"] == "attribution"]
    assert "sat from 1 to 3" in verdict["says"]
    [found] = document(base, "explainability/constraint_violations.json")["violations"]
    assert found["constraint_check_type"] == "feature_attribution_drift_check"
    # Files with a column for each feature do as well.
    write_csv(base / "processing/input/attributions/a.csv", names, source.normal(size=(300, 3)) * [0.7, 0.5, 0.05])
    assert violations(look(base)) == set()


def test_the_order_is_compared_as_on_the_page_of_clarify() -> None:
    assert similarity([0.70, 0.50, 0.05], [0.10, 0.20, 0.70]) == pytest.approx(0.69, abs=0.005)
    assert similarity([0.70, 0.50, 0.05], [0.9, 0.3, 0.1]) == 1


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"facets": {"city": ["Bern"]}}, "facets and group must be features, got: city"),
        ({"group": "team"}, "facets and group must be features, got: team"),
        ({"problem": "Regression"}, "problem requires prediction"),
        ({"problem": ""}, "facets require a problem of classes, got: no problem"),
        ({"problem": "Ranking"}, "problem must be one of Regression, BinaryClassification"),
        ({"probability": "score"}, "probability must be one of the outputs p, got: score"),
        ({"truth": "z"}, "truth must be one of the columns age, income, sex, p, y, got: z"),
        ({"attributions": {"age": "shap"}}, "attributions must be outputs, got: shap"),
        ({"least_ndcg": 1.0}, "least_ndcg must be above 0 and below 1"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(tmp_path: Path, settings: Any, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        began(tmp_path, rows=people(200, 1), **settings)


def test_truth_of_earlier_requests_is_judged_once_and_rows_of_a_late_file_count(base: Path) -> None:
    """A job names its window, and has chosen its files: those of the window, late ones, and those of days before."""
    rows = list(people(900, 11))
    lines, truths = asked_and_told(rows)
    moments = {"window_start": "2026-11-29T06:00:00Z", "window_end": "2026-11-30T00:00:00Z"}
    late = [captured(",".join(row[:3]), row[3], inference=f"late{place}", at="2026-11-29T05:59:00Z")
            for place, row in enumerate(people(100, 12))]  # fmt: skip
    write_lines(base, [*lines[:300], *late])
    write_lines(base, lines[300:], folder="processing/input/earlier/churn/AllTraffic/2026/11/28/06")
    write_truth(base, truths[:500])
    # What was told before is not judged again, but where it is told otherwise since.
    folder = "processing/input/earlier-truth/kept/2026/11/29/07"
    write_lines(base, [*truths[500:800], told("i0", "1" if rows[0][4] == "0" else "0")], folder=folder)
    report = look(base, **moments)
    for each in ("processing/input/earlier", "processing/input/earlier-truth"):
        shutil.rmtree(base / each)
    assert report["window"] == {"start": moments["window_start"], "end": moments["window_end"]}
    assert (report["rows"], report["lost"]) == (400, {}), "rows of a late file are looked at"
    truth = report["truth"]
    assert (truth["judged"], truth["contradictory"], truth["unknown"]) == (500, 1, 0)
    assert truth["waiting"] == 1_000 - 800
    assert report["quality"]["rows"] == 500
    assert report["says"].startswith("400 rows and 500 truths")


def test_truth_without_requests_is_judged(base: Path) -> None:
    lines, truths = asked_and_told(list(people(600, 13)))
    shutil.rmtree(base / "processing/input/captured")
    write_lines(base, lines, folder="processing/input/earlier/churn/AllTraffic/2026/11/28/06")
    write_truth(base, truths)
    report = look(base, window_start="2026-11-29T06:00:00Z", window_end="2026-11-30T00:00:00Z")
    shutil.rmtree(base / "processing/input/earlier")
    assert (report["state"], report["rows"], report["truth"]["judged"]) == ("fine", 0, 600)
    assert {each["state"] for each in report["checks"] if each["check"] == "lost rows"} == {"not enough"}


def test_metrics_of_bias_that_are_decided_on_can_be_chosen(tmp_path: Path) -> None:
    base = began(tmp_path, bias_metrics=["DPPL"])
    lines, truths = asked_and_told(list(people(1_500, 5, against=0.7)))
    write_lines(base, lines)
    write_truth(base, truths)
    report = look(base)
    assert {each["feature"] for each in report["checks"] if each["check"] == "bias"} == {
        "DPPL of sex f",
        "DPPL of age above 50",
    }
    with pytest.raises(SettingsError, match=r"bias_metrics must be among CI, DPL, .*, got: DI"):
        began(tmp_path / "other", bias_metrics=["DI"])
