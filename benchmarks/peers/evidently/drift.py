"""Evidently's preset of data drift with its defaults, on two files of Parquet; the last line names what drifted."""

import importlib
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any


def main(reference: str, current: str) -> None:
    """Compare, and print a line for each column and one for those that have drifted."""
    evidently: Any = importlib.import_module("evidently")
    presets: Any = importlib.import_module("evidently.presets")
    pandas: Any = importlib.import_module("pandas")
    before, now = (pandas.read_parquet(each) for each in (reference, current))
    found = evidently.Report([presets.DataDriftPreset()]).run(now, before).dict()
    print(json.dumps(sorted(drifted(found["metrics"]))))


def drifted(metrics: list[Mapping[str, Any]]) -> Iterator[str]:
    """Columns whose distance is above the threshold that Evidently has chosen for it."""
    for metric in metrics:
        config: Mapping[str, Any] = metric.get("config", {})
        if not config.get("type", "").endswith("ValueDrift"):
            continue
        column, distance, threshold = config["column"], float(metric["value"]), float(config["threshold"])
        print(f"{column}: {config['method']} {distance:.4f}, threshold {threshold}")
        if distance > threshold:
            yield str(column)


if __name__ == "__main__":
    main(*sys.argv[1:])
