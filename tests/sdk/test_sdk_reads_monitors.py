"""The files of our monitor are read by the classes that the SDK has for Model Monitor's."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy
import pytest

from harness.documents import PROJECT
from harness.monitor.captured import captured, write_csv, write_lines
from monitor.folders import Folders
from monitor.running import run
from monitor.start import make_baseline

PYTHON = PROJECT / ".venv-sdk" / "bin" / "python"


@pytest.mark.whole
def test_its_three_files_are_those_of_model_monitor(tmp_path: Path) -> None:
    source = numpy.random.default_rng(1)
    rows = [[f"{age:.2f}", "7", "Bern" if age > 0 else "Rome"] for age in source.normal(size=400)]
    write_csv(tmp_path / "processing/input/rows/train.csv", ["age", "same", "city"], rows)
    make_baseline(Folders(tmp_path, {}))
    report, before = tmp_path / "processing/output/report", tmp_path / "processing/input/baseline"
    before.mkdir()
    (before / "statistics.json").write_bytes((report / "statistics.json").read_bytes())
    assert {each["name"] for each in _read(report, violations=False)["statistics.json"]["features"]} == {
        "age",
        "same",
        "city",
    }
    write_lines(tmp_path, [captured(f"{float(age) + 9:.2f},8,Oslo", None) for age, *_ in rows])
    run(Folders(tmp_path, {}))
    read = _read(report)
    ages = {each["name"]: each for each in read["constraints.json"]["features"]}["age"]
    # The SDK switches checks off in the shape that it knows.
    assert read["constraints.json"]["monitoring_config"]["evaluate_constraints"] == "Disabled"
    assert ages["num_constraints"] == {"is_non_negative": False}
    assert {each["constraint_check_type"] for each in read["constraint_violations.json"]["violations"]} >= {
        "baseline_drift_check",
        "categorical_values_check",
    }
    # A constant that has changed is beyond all measure, for which JSON has no number.
    assert "Infinity" not in (report / "report.json").read_text()


def _read(report: Path, *, violations: bool = True) -> dict[str, Any]:
    if not violations:
        (report / "constraint_violations.json").write_text('{"violations": []}')
    command = ["unshare", "--map-root-user", "--net", PYTHON, PROJECT / "tests" / "sdk" / "read_monitor.py", report]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
