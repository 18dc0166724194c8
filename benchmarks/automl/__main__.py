"""Runs the comparison and writes its report."""

import argparse
import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

from automl.comparison import BENCHMARKS, DATA_SETS, DataSet, Outcome, flaml, ours, prepare
from bench.environments import python_of
from bench.machine import describe_machine


def report(measured: Sequence[tuple[DataSet, Outcome, Outcome]], seconds: int, day: str) -> str:
    """The page of results."""
    lines = [
        f"# AutoTabular and FLAML, {day}",
        "",
        f"{describe_machine()}; {seconds} s of CPU for each search, one process, one thread, seed 42. The score is",
        "over a quarter of the rows, which no search has seen: the area under the curve (of several classes the mean",
        "of each against the rest), or R². Both clocks are the CPU of the process, so that other work does not",
        "count. FLAML 2.7.0 chooses among its own learners, with xgboost-cpu below 3, as it declares.",
        "",
        "| data | metric | AutoTabular | won by | FLAML | won by | difference | at least | |",
        "|---|---|---:|---|---:|---|---:|---:|---|",
    ]
    for data, mine, theirs in measured:
        apart = mine.score - theirs.score
        sign = "✔" if apart >= -data.tolerance else "✘"
        lines.append(
            f"| {data.name} | {data.metric} | {mine.score:.4f} | {mine.winner} | {theirs.score:.4f} "
            f"| {theirs.winner} | {apart:+.4f} | {-data.tolerance} | {sign} |"
        )
    lines += [
        "",
        "CPU of the whole process, imports, the winner's last training and our pages included, in seconds:",
        "",
    ]
    lines += ["| data | AutoTabular | FLAML |", "|---|---:|---:|"]
    lines += [f"| {data.name} | {mine.cpu:.1f} | {theirs.cpu:.1f} |" for data, mine, theirs in measured]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Every data set once for each contender."""
    options = argparse.ArgumentParser(prog="python -m automl")
    options.add_argument("--python", type=Path, required=True, help="the interpreter of the tabular image")
    options.add_argument("--seconds", type=int, default=25, help="of CPU, for each search (default: 25)")
    options.add_argument("--only", help="one data set")
    given = options.parse_args()
    peer = python_of(BENCHMARKS / "peers" / "flaml" / "requirements.txt", BENCHMARKS / ".environments")
    measured: list[tuple[DataSet, Outcome, Outcome]] = []
    for data in DATA_SETS:
        if given.only not in (None, data.name):
            continue
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            prepare(given.python, data, folder)
            mine = ours(given.python, data, folder, given.seconds)
            theirs = flaml(peer, data, folder, given.seconds)
        print(f"{data.name}: {mine} {theirs}", flush=True)
        measured.append((data, mine, theirs))
    day = datetime.date.today().isoformat()
    (BENCHMARKS / "results" / f"automl-{day}.md").write_text(report(measured, given.seconds, day))


if __name__ == "__main__":
    main()
