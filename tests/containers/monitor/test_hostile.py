"""Files that nobody would write: no run ends in an error, and no line is gone without a word."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.monitor.captured import HOUR, captured, write_csv, write_lines
from monitor.folders import Folders
from monitor.running import run
from monitor.start import make_baseline


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a baseline of two numbers, and 300 good lines."""
    folder = tmp_path_factory.mktemp("hostile")
    source = numpy.random.default_rng(1)
    write_csv(folder / "processing/input/rows/train.csv", ["a", "b"], source.normal(size=(500, 2)).round(3).tolist())
    make_baseline(Folders(folder, {}))
    (folder / "processing/input/baseline").mkdir()
    made = folder / "processing/output/report/statistics.json"
    made.rename(folder / "processing/input/baseline/statistics.json")
    write_lines(folder, [captured(f"{a:.3f},{b:.3f}", None) for a, b in source.normal(size=(300, 2))])
    return folder


GOOD = captured("0.1,0.2", None)
DEEP = "[" * 5_000 + "]" * 5_000
NO_LINE = "no line of data capture"
NULLS = '{"captureData": null}\nnull\n5\n"x"\n{}\n{"captureData": {"endpointInput": "x"}}'


@pytest.mark.parametrize(
    ("content", "rows", "lost"),
    [
        pytest.param(captured(f"1,2{' ' * 20_000_000}", None) + f"\n{GOOD}", 2, {}, id="gigantic line"),
        pytest.param(b"\x00\xff\xfe" * 1_000 + b"\n" + GOOD.encode() + b"\n\xff\n", 1, {NO_LINE: 2}, id="no text"),
        pytest.param(f"{GOOD}\n{GOOD}".encode("utf-16"), 0, {NO_LINE: 2}, id="other encoding"),
        pytest.param(gzip.compress(GOOD.encode(), mtime=0), 0, {NO_LINE: 1}, id="compressed"),
        pytest.param("", 0, {}, id="nothing"),
        pytest.param(f"\n\n  \n{GOOD}\n\n", 1, {}, id="blank lines"),
        pytest.param(f"{GOOD}\n{GOOD}\n{GOOD[:150]}", 2, {NO_LINE: 1}, id="cut off"),
        pytest.param(f"[{GOOD},{GOOD}]", 0, {NO_LINE: 1}, id="one array"),
        pytest.param(NULLS, 0, {NO_LINE: 5, "no input was captured": 1}, id="nulls"),
        pytest.param(
            f"{DEEP}\n{captured(DEEP, None, kind='JSON')}",
            0,
            {NO_LINE: 1, "fewer columns than features": 1},
            id="deep",
        ),
        pytest.param(
            "\n".join(
                captured("1,2", None, at=each)
                for each in (
                    "infinity",
                    "290000-01-01T00:00:00",
                    "-infinity",
                    "0001-01-01",
                    "9999-12-31T23:59:59Z",
                    "yesterday",
                )
            ),
            6,
            {},
            id="no times",
        ),
        pytest.param(
            "\n".join(captured(each, None) for each in ("nan,inf", "-Infinity,1e400", "0x10,1_0", "=1+1,@a")),
            4,
            {},
            id="no numbers",
        ),
        pytest.param(
            captured(b"1,2", None)
            + "\n"
            + captured('{"features": [1, 2]}', None, kind="JSON")
            + "\n"
            + captured("[[1, 2], [3, 4]]", None, kind="JSON"),
            4,
            {},
            id="mixed",
        ),
        pytest.param(
            captured(",".join("9" for _ in range(10_000)), None),
            0,
            {"more columns than features": 1},
            id="ten thousand columns",
        ),
    ],
)
def test_every_line_is_a_row_or_lost_by_its_reason(
    base: Path, content: str | bytes, rows: int, lost: Mapping[str, int]
) -> None:
    path = base / HOUR / "b.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    run(Folders(base, {}))
    report = _report(base)
    assert (report["rows"], report["lost"]) == (300 + rows, lost)
    assert report["state"] == "fine"
    assert (base / "processing/output/report/report.html").stat().st_size > 1_000
    path.unlink()


def test_a_folder_that_is_called_as_a_file_is_none(base: Path) -> None:
    (base / HOUR / "c.jsonl").mkdir()
    run(Folders(base, {}))
    assert _report(base)["rows"] == 300
    (base / HOUR / "c.jsonl").rmdir()


def test_lines_out_of_order_in_any_file_are_in_their_window(base: Path) -> None:
    hours = [f"2026-11-2{day}T0{hour}:30:00Z" for day in (9, 8) for hour in (7, 6, 8)]
    write_lines(base, [captured("1,2", None, at=each) for each in hours], "z.jsonl")
    run(Folders(base, {"start_time": "2026-11-28T06:00:00Z", "end_time": "2026-11-28T08:00:00Z"}))
    assert _report(base)["rows"] == 2
    (base / HOUR / "z.jsonl").unlink()


def _report(base: Path) -> Any:
    return json.loads((base / "processing/output/report/report.json").read_text())
