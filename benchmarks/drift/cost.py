"""What a run costs, from one million captured rows to ten: processor time, memory, and Evidently on the same rows.

Runs in the environment of the image: `make bench-monitor`. Twenty columns, fifteen of them numbers; a reference of
100,000 rows. One column has moved by 0.3 standard deviations, another has a new category.
"""

import argparse
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.machine import describe_machine

PROJECT = Path(__file__).resolve().parents[2]
MONITOR = PROJECT / "containers" / "monitor"
REFERENCE = 100_000
_FILES = 10
_CITIES = ("Bern", "Rome", "Oslo", "Lyon", "Graz")


@dataclass(frozen=True)
class Cost:
    """What a process took.

    Args:
        rows: How many rows it looked at.
        cpu: Seconds of all its threads.
        peak: Megabytes at most.
        found: Columns that are different.
    """

    rows: int
    cpu: float
    peak: float
    found: Sequence[str]


def columns(seed: int, *, moved: bool) -> dict[str, str]:
    """The expression of each column, of a row number `i`."""

    def uniform(number: int) -> str:
        return f"((hash(i * 100 + {number}, {seed}) % 1000003 + 0.5) / 1000003.0)"

    found: dict[str, str] = {}
    for number in range(15):
        shift = 0.3 if moved and number == 3 else 0.0
        normal = f"sqrt(-2 * ln({uniform(number)})) * cos(2 * pi() * {uniform(number + 50)})"
        found[f"n{number}"] = f"round({normal} + {shift}, 4)"
    for number in range(5):
        name = f"{list(_CITIES)}[1 + CAST(floor(5 * pow({uniform(20 + number)}, 2)) AS INT)]"
        found[f"c{number}"] = (
            f"CASE WHEN {uniform(40)} < 0.2 THEN 'Quito' ELSE {name} END" if moved and number == 2 else name
        )
    return found


def write_rows(folder: Path, rows: int, seed: int, *, moved: bool) -> Path:
    """A file of Parquet."""
    shown = ", ".join(f"{each} AS {name}" for name, each in columns(seed, moved=moved).items())
    path = folder / f"rows-{rows}-{seed}.parquet"
    duckdb.sql(f"COPY (SELECT {shown} FROM range({rows}) t(i)) TO '{path}'")
    return path


def write_captured(parquet: Path, folder: Path, rows: int) -> None:
    """The same rows as files of data capture, with an answer each."""
    folder.mkdir(parents=True)
    names = list(columns(0, moved=False))
    for part in range(_FILES):
        first, last = (rows * each // _FILES for each in (part, part + 1))
        row = " || ',' || ".join(names)
        side = "{{'observedContentType': 'text/csv', 'mode': '{}', 'data': {}, 'encoding': 'CSV'}}"
        data = side.format("INPUT", row), side.format("OUTPUT", "'0.5'")
        duckdb.sql(
            f"COPY (SELECT {{'endpointInput': {data[0]}, 'endpointOutput': {data[1]}}} AS captureData,"
            f" {{'eventId': 'e' || file_row_number, 'inferenceTime': '2026-11-29T06:30:00Z'}}"
            f" AS eventMetadata,"
            f" '0' AS eventVersion FROM read_parquet('{parquet}', file_row_number = true)"
            f" WHERE file_row_number >= {first} AND file_row_number < {last})"
            f" TO '{folder}/{part}.jsonl' (FORMAT json)"
        )


def run(command: Sequence[str], variables: Mapping[str, str]) -> tuple[float, float, str]:
    """Seconds of processor, megabytes and the output of a process. Raises CalledProcessError."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env={**os.environ, **variables}, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        output.seek(0)
        said = output.read()
    if status:
        raise subprocess.CalledProcessError(status, command, said)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said


def ours(base: Path, rows: int, reference: Path) -> Cost:
    """A run of the image over captured rows."""
    variables = {"SAGEMAKER_BASE_DIR": str(base), "PYTHONPATH": str(MONITOR)}
    if not (base / "processing/input/baseline").exists():
        (base / "processing/input/rows").mkdir(parents=True)
        (base / "processing/input/rows/reference.parquet").symlink_to(reference)
        run([sys.executable, "-m", "monitor", "baseline"], variables)
        (base / "processing/input/baseline").mkdir()
        made = base / "processing/output/report/statistics.json"
        made.rename(base / "processing/input/baseline/statistics.json")
    cpu, peak, _ = run([sys.executable, "-m", "monitor", "run"], variables)
    report = json.loads((base / "processing/output/report/report.json").read_text())
    if report["rows"] != rows or report["lost"]:
        raise ValueError(f"{rows} rows were captured, got: {report['rows']}, lost: {report['lost']}")
    return Cost(
        rows, cpu, peak, sorted({each["feature"] for each in report["checks"] if each["state"] == "violation"})
    )


def evidently(python: Path, reference: Path, current: Path, rows: int) -> Cost:
    """Its preset of data drift over the same Parquet."""
    program = Path(__file__).parents[1] / "peers" / "evidently" / "drift.py"
    cpu, peak, said = run([str(python), str(program), str(reference), str(current)], {})
    return Cost(rows, cpu, peak, json.loads(said.splitlines()[-1]))


def report(measured: Sequence[tuple[Cost, Cost | None]], day: str) -> str:
    """The page of results."""
    first, last = measured[0][0], measured[-1][0]
    by_rows, by_cpu = last.rows / first.rows, last.cpu / first.cpu
    lines = [
        f"# What a run of the monitor costs, {day}",
        "",
        f"{describe_machine()}. Twenty columns, fifteen of them numbers, a reference of {REFERENCE:,} rows. Ours",
        "reads captured JSON lines; Evidently 0.7.23 with its defaults reads the same rows as Parquet. CPU is of all",
        "threads.",
        "",
        "| rows | ours, CPU | peak | different | Evidently, CPU | peak | different |",
        "|---:|---:|---:|---|---:|---:|---|",
    ]
    for mine, theirs in measured:
        peer = "| | " if theirs is None else f"{theirs.cpu:.0f} s | {theirs.peak:,.0f} MB | {', '.join(theirs.found)}"
        lines.append(f"| {mine.rows:,} | {mine.cpu:.1f} s | {mine.peak:,.0f} MB | {', '.join(mine.found)} | {peer} |")
    lines += ["", f"{by_rows:.0f} times the rows take {by_cpu:.1f} times the CPU."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 3_000_000, 10_000_000])
    parser.add_argument("--evidently", type=Path, help="the Python that has Evidently")
    parser.add_argument("--evidently-rows", type=int, default=1_000_000, help="the most rows that it is given")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "results")
    given = parser.parse_args()
    measured: list[tuple[Cost, Cost | None]] = []
    with tempfile.TemporaryDirectory() as scratch:
        reference = write_rows(Path(scratch), REFERENCE, 1, moved=False)
        base = Path(scratch) / "ml"
        for rows in given.rows:
            current = write_rows(Path(scratch), rows, 2, moved=True)
            captured = base / "processing/input/captured"
            if captured.exists():
                subprocess.run(["rm", "-r", str(captured)], check=True)
            write_captured(current, captured / "churn/v/2026/11/29/06", rows)
            mine = ours(base, rows, reference)
            theirs = None
            if given.evidently and rows <= given.evidently_rows:
                theirs = evidently(given.evidently, reference, current, rows)
            print(mine, theirs, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, flush=True)
            measured.append((mine, theirs))
            current.unlink()
    day = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
    page = given.output / f"monitor-cost-{day}.md"
    page.write_text(report(measured, day))
    print(page)


if __name__ == "__main__":
    main()
