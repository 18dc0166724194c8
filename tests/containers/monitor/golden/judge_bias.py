"""Writes `bias.json`: 50 seeded tables and the metrics that `smclarify` finds in them.

    pip install smclarify==0.5 'pandas<3'
    PYTHONPATH=tests python tests/containers/monitor/golden/judge_bias.py

in an environment of its own. The tables have every label and every outcome in both facets, where all definitions
agree; what happens elsewhere is on the page of the image.
"""

import importlib
import itertools
import json
import warnings
from pathlib import Path
from typing import Any

from harness.monitor.people import People, people_of

HERE = Path(__file__).parent
TABLES = 50


def main() -> None:
    """Write the file."""
    warnings.simplefilter("ignore")
    tables: list[dict[str, object]] = []
    for seed in itertools.count():
        people = people_of(seed)
        cells = set(zip(people.disadvantaged, people.label, people.predicted, strict=True))
        if len(cells) == 2 * 3 * 2:
            tables.append({"seed": seed, "metrics": judged(people)})
        if len(tables) == TABLES:
            break
    (HERE / "bias.json").write_text(json.dumps(tables, indent=1) + "\n")


def judged(people: People) -> dict[str, float]:
    """All 21 metrics."""
    pandas: Any = importlib.import_module("pandas")
    metrics: Any = importlib.import_module("smclarify.bias.metrics")
    facet, label, said, team = (
        pandas.Series(each) for each in (people.disadvantaged, people.label, people.predicted, people.team)
    )
    wished = label == "yes"
    found = {"CI": metrics.CI(label, facet), "DPL": metrics.DPL(label, facet, wished)}
    found |= {name: getattr(metrics, name)(label, facet) for name in ("KL", "JS", "LP", "TVD", "KS")}
    found |= {"CDDL": metrics.CDDL(label, facet, wished, team), "CDDPL": metrics.CDDPL(label, facet, said, team)}
    found |= {"DPPL": metrics.DPPL(label, facet, said), "DI": metrics.DI(label, facet, said)}
    for name in ("DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "TE"):
        found[name] = getattr(metrics, name)(label, facet, wished, said)
    found |= {"FT": metrics.FT(pandas.DataFrame(people.numbers), facet, said), "GE": metrics.GE(wished, said)}
    return {name: float(value) for name, value in found.items()}


if __name__ == "__main__":
    main()
