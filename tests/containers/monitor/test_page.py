"""The page for people: one small file that asks nobody and runs nothing, whatever the rows hold."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.monitor.captured import captured, write_csv, write_lines
from harness.monitor.variants import Asked, tell, write_operation, write_settings
from monitor.comparison.comparing import compare
from monitor.folders import Folders
from monitor.page.report import LARGEST
from monitor.page.words import shown
from monitor.running import run
from monitor.start import make_baseline

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|'/C calc'!A0",
    "a&b;\u202e\x07",
    "x" * 9_000,
]
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "main", "header", "section", "div", "span", "h1", "h2", "h3",
    "p", "b", "i", "figure", "figcaption", "svg", "rect", "line", "path", "circle", "text", "details", "summary",
    "table", "tr", "th", "td", "code", "mark", "ul", "li", "small",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "viewbox", "width", "height", "preserveaspectratio",
    "role", "aria-label", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "d", "open",
}  # fmt: skip


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def read(base: Path) -> tuple[str, _Elements]:
    page = (base / "processing/output/report/report.html").read_text()
    elements = _Elements()
    elements.feed(page)
    elements.close()
    # SVG's own <title> is told by the mouse.
    assert elements.found <= ELEMENTS
    assert elements.attributes <= ATTRIBUTES
    assert len(page.encode()) <= LARGEST
    assert not re.search(r"(?i)https?:|url\(|@import|javascript:|data:", page)
    assert "default-src 'none'" in page
    return page, elements


def watched(base: Path, names: list[str], rows: list[list[str]], **settings: Any) -> Path:
    write_csv(
        base / "processing/input/rows/train.csv", [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names], rows
    )
    given = base / "processing/input/settings/settings.json"
    given.parent.mkdir(parents=True)
    given.write_text(json.dumps(settings))
    make_baseline(Folders(base, {}))
    (base / "processing/input/baseline").mkdir()
    report = base / "processing/output/report/statistics.json"
    report.rename(base / "processing/input/baseline/statistics.json")
    return base


def test_rows_and_names_that_are_hostile_are_text(tmp_path: Path) -> None:
    source = numpy.random.default_rng(1)
    names = ["<b onclick=x>n</b>", "city", 'it\'s "quoted"', "=1+1"]
    rows = [[f"{a:.3f}", "Bern", f"{b:.3f}", "7"] for a, b in source.normal(size=(500, 2))]
    base = watched(tmp_path, names, rows)
    lines: list[str] = []
    for place in range(400):
        value = HOSTILE[place % len(HOSTILE)]
        row = {"<b onclick=x>n</b>": f"{source.normal(3):.3f}", "city": value, 'it\'s "quoted"': value, "=1+1": 7}
        lines.append(captured(json.dumps({"instances": [row]}), None, kind="JSON"))
    write_lines(base, lines)
    run(Folders(base, {"sagemaker_endpoint_name": "<i>churn</i>"}))
    page, elements = read(base)
    for value in HOSTILE[:3]:
        assert value in elements.text
        assert value not in page
    assert "\u202e" not in page
    assert "x" * 100 not in page
    assert "<i>churn</i>: " in elements.text


def test_it_says_what_since_when_how_much_and_what_was_left_out(tmp_path: Path) -> None:
    source = numpy.random.default_rng(2)
    rows = [[f"{a:.3f}", f"{b:.3f}", "Bern" if a > 0 else "Rome"] for a, b in source.normal(size=(2_000, 2))]
    base = watched(tmp_path, ["age", "income", "city"], rows, ignored=["income"])
    for day in range(6):
        at = f"2026-11-0{day + 1}T06:30:00Z"
        now = source.normal(0.6 if day > 2 else 0, size=(300, 2))
        lines = [captured(f"{a:.3f},{b:.3f},Bern", None, at=at) for a, b in now]
        write_lines(
            base, [] if day == 1 else [*lines[:10], "{cut o"] if day == 2 else [*lines, captured("1,2", at=at)]
        )
        window = {"start_time": f"2026-11-0{day + 1}T00:00:00Z", "end_time": f"2026-11-0{day + 2}T00:00:00Z"}
        run(Folders(base, window))
        for path in (base / "processing/output/history").iterdir():
            path.replace(base / "processing/input" / path.name)
        (base / "processing/input/history").mkdir(exist_ok=True)
        for path in (base / "processing/input").glob("runs-*.jsonl"):
            path.replace(base / "processing/input/history" / path.name)
    _, elements = read(base)
    said = elements.text
    assert "Monitor: 2 columns are different" in said
    assert "since 2026-11-04 00:00, 3 runs" in said
    assert "Has moved by 0.5" in said or "Has moved by 0.6" in said
    assert "6 runs" in said
    assert "rows that are lost, fewer columns than features: 1" in said
    assert "columns that the settings ignore: income" in said
    assert "Rows to look at: where there are more than there were" in said
    assert "raise 1 false alarm a year on average" in said


def test_a_thousand_columns_that_are_all_different_fit_and_the_rest_is_named(tmp_path: Path) -> None:
    source = numpy.random.default_rng(3)
    names = [f"column_{number}_{'<' * 40}" for number in range(600)]
    base = watched(tmp_path, names, source.normal(size=(60, 600)).round(2).tolist(), examples=50)
    now = source.normal(4, size=(60, 600)).round(2)
    write_lines(base, [captured(",".join(map(str, row)), None) for row in now])
    run(Folders(base, {}))
    _, elements = read(base)
    assert "more that are different are in report.json" in elements.text
    assert "columns that have moved least are in report.json" in elements.text


def test_without_examples_no_row_is_on_the_page(tmp_path: Path) -> None:
    base = watched(tmp_path, ["who"], [["Bern"], ["Rome"]] * 100, examples=0)
    write_lines(base, [captured("secret-name", None)] * 200)
    run(Folders(base, {}))
    page, _ = read(base)
    assert "secret-name" not in page
    write_lines(base, [])
    run(Folders(base, {}))
    assert "no traffic" in read(base)[1].text


@pytest.mark.parametrize(
    ("given", "text"), [("a\x00b\u2066", "a\\u0000b\\u2066"), ("<&\"'>", "&lt;&amp;&quot;&#x27;&gt;")]
)
def test_what_cannot_be_printed_is_written_by_its_number(given: str, text: str) -> None:
    assert shown(given) == text


def test_the_page_of_a_comparison_holds_answers_as_text(tmp_path: Path) -> None:
    answers = [*HOSTILE, *(f"{each}{number}" for each in HOSTILE for number in range(40))]
    asked = [Asked(f"{HOSTILE[0]}{n}", n % 24, each, answers[-n], each) for n, each in enumerate(answers)]
    write_settings(tmp_path, answers={"problem": "MulticlassClassification", "prediction": "y", "outputs": ["y"]})
    for variant in ("Champion", "Challenger"):
        lines = [
            captured(json.dumps({"q": each.name}), json.dumps([[getattr(each, variant.lower())]]), kind="JSON",
                     inference=each.name)
            for each in asked
        ]  # fmt: skip
        write_lines(tmp_path, lines, folder=f"processing/input/captured/churn/{variant}/2026/11/29/06")
    tell(tmp_path, asked)
    model = {"model": HOSTILE[1], "package": HOSTILE[0], "hours": [["2026-11-29T06:00:00Z", 10, 0, 5, 9]]}
    write_operation(tmp_path, {"champion": model, "challenger": model, "since": "2026-11-29T00:00:00Z"})
    variables = {"window_start": "2026-11-29T00:00:00Z", "window_end": "2026-11-30T00:00:00Z"}
    compare(Folders(tmp_path, {**variables, "comparison_name": HOSTILE[0]}))
    _, elements = read(tmp_path)
    for each in (HOSTILE[0], "Agreement", "Answers that differ most", "Look by look"):
        assert each in elements.text
