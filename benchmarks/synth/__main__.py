"""`make bench-synth`: measure synthesis and write `benchmarks/results/synth-<date>.md`."""

import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from bench.machine import describe_machine
from synth.comparison import Sizes, compare, phases
from synth.profile import profile
from synth.report import report
from synth.runs import BENCHMARKS


def main() -> int:
    """Measure, or with ``--profile`` say where our construct crosses to jsii."""
    parser = argparse.ArgumentParser(prog="make bench-synth", description=__doc__)
    parser.add_argument("--profile", action="store_true", help="jsii calls of one more endpoint, by who makes them")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.profile:
            print(profile(folder))
            return 0
        sizes = Sizes()
        samples = compare(folder, rounds=options.rounds, sizes=sizes)
        parts = phases(folder, rounds=options.rounds)
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    text = report(samples, parts, sizes, date=date, machine=describe_machine(), rounds=options.rounds)
    (BENCHMARKS / "results" / f"synth-{date}.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
