"""What the container does: make a baseline, or look at what was captured since.

The folders are those of a processing job, or those that a monitoring schedule of SageMaker names in its variables:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from monitor import model_monitor
from monitor.baseline import Baseline, baseline_of
from monitor.capture.relation import ROWS, CapturedNames, captured_rows, text
from monitor.counts import count_rows
from monitor.making import described, features_of, quoted, training_rows
from monitor.settings import Settings, SettingsError, read_settings
from monitor.verdicts import Verdict, verdicts

_MEMORY = "1200MB"
_MESSAGE_LENGTH = 1024


@dataclass(frozen=True)
class Folders:
    """Where the job finds and leaves its files.

    Args:
        base: `/opt/ml`.
        variables: Of the process.
    """

    base: Path
    variables: Mapping[str, str]

    @property
    def rows(self) -> Path:
        """Rows of which a baseline is made."""
        return self.base / "processing/input/rows"

    @property
    def captured(self) -> Path:
        """Files of data capture."""
        return self._named("dataset_source", "processing/input/captured")

    @property
    def statistics(self) -> Path:
        """The statistics of the baseline, which hold the baseline itself."""
        return self._named("baseline_statistics", "processing/input/baseline/statistics.json")

    @property
    def settings(self) -> Path:
        """The team's settings."""
        return self.base / "processing/input/settings/settings.json"

    @property
    def window(self) -> tuple[str, str] | None:
        """From when until before when rows are looked at; SageMaker downloads more than that."""
        start, end = self.variables.get("start_time"), self.variables.get("end_time")
        return (start.replace(" ", ""), end.replace(" ", "")) if start and end else None

    @property
    def output(self) -> Path:
        """What the job leaves."""
        return self._named("output_path", "processing/output/report")

    def _named(self, variable: str, default: str) -> Path:
        return Path(self.variables[variable]) if self.variables.get(variable) else self.base / default


def main(arguments: Sequence[str]) -> int:
    """Run a command; the exit code. The last line says what came of it, and the job shows it as its exit message."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    folders = Folders(base, os.environ)
    commands: Mapping[str, Callable[[Folders], str]] = {"baseline": make_baseline, "run": run}
    name = arguments[0] if arguments else "run"
    if name not in commands or len(arguments) > 1:
        return _ended(base, f"one argument is expected, {' or '.join(commands)}, got: {' '.join(arguments)}", 2)
    try:
        return _ended(base, commands[name](folders), 0)
    except (SettingsError, FileNotFoundError) as error:
        return _ended(base, str(error), 1)


def make_baseline(folders: Folders) -> str:
    """Write `baseline.json`, with the statistics and constraints of Model Monitor beside it."""
    settings = read_settings(folders.settings)
    with tempfile.TemporaryDirectory() as scratch:
        connection = _connected(Path(scratch))
        names = [*settings.features]
        if folders.rows.is_dir():
            columns = training_rows(connection, folders.rows, "baseline_rows")
            inputs = {quoted(each): each for each in columns if each not in settings.outputs}
            outputs = {quoted(each): each for each in columns if each in settings.outputs}
            relation = "baseline_rows"
        else:
            if not names:
                raise SettingsError("a baseline of captured rows requires the names of features in settings.json")
            files = _files(folders.captured)
            connection.execute(captured_rows(files, CapturedNames(names, settings.outputs)))
            connection.execute(
                f"CREATE TEMP TABLE baseline_rows AS SELECT inputs, outputs FROM {ROWS} WHERE problem IS NULL"
            )
            inputs = {f"inputs[{place}]": name for place, name in enumerate(names, 1)}
            outputs = {f"outputs[{place}]": name for place, name in enumerate(settings.outputs, 1)}
            relation = "baseline_rows"
        baseline = Baseline(
            features_of(connection, relation, inputs, settings),
            features_of(connection, relation, outputs, settings) if outputs else [],
        )
        counted = count_rows(
            connection,
            relation,
            {
                expression: feature
                for given, made in ((inputs, baseline.features), (outputs, baseline.outputs))
                for (expression, _), feature in zip(given.items(), made, strict=True)
            },
        )
    if baseline.rows < settings.minimum_rows:
        raise SettingsError(f"a baseline takes at least {settings.minimum_rows} rows, got: {baseline.rows}")
    every = [*baseline.features, *baseline.outputs]
    # A monitoring schedule downloads this file and no other.
    own = {"baseline": baseline.document(), "settings": asdict(settings)}
    documents = {
        "statistics.json": {**model_monitor.statistics(every, counted.features), "monitor": own},
        "constraints.json": model_monitor.constraints(every, settings),
    }
    model_monitor.write_documents(folders.output, documents)
    for line in described(every):
        print(line)
    return f"baseline of {baseline.rows} rows and {len(every)} columns"


def run(folders: Folders) -> str:
    """Compare captured rows with the baseline; write the three files of Model Monitor, metrics, and `report.json`."""
    baseline, settings = _baseline(folders)
    names = [*settings.features] or [each.name for each in baseline.features]
    wanted = {each.name: each for each in (*baseline.features, *baseline.outputs)}
    outputs = [*settings.outputs] or [each.name for each in baseline.outputs]
    columns = {f"inputs[{place}]": wanted[name] for place, name in enumerate(names, 1) if name in wanted}
    columns |= {f"outputs[{place}]": wanted[name] for place, name in enumerate(outputs, 1) if name in wanted}
    files = _files(folders.captured)
    with tempfile.TemporaryDirectory() as scratch:
        connection = _connected(Path(scratch))
        counted = None
        if files:
            connection.execute(captured_rows(files, CapturedNames(names, outputs)))
            inside = "true"
            if folders.window:
                start, end = (f"TIMESTAMPTZ {text(each)}::TIMESTAMP" for each in folders.window)
                inside = f"(moment >= {start} AND moment < {end} OR moment IS NULL)"
            beside = {
                "problems": f"histogram(problem) FILTER ({inside})",
                "first": f"min(moment) FILTER ({inside})",
                "last": f"max(moment) FILTER ({inside})",
            }
            counted = count_rows(connection, ROWS, columns, f"problem IS NULL AND {inside}", beside)
    counts = counted.features if counted else {}
    problems: dict[str, int] = dict((counted.beside["problems"] if counted else None) or {})
    found = verdicts(baseline, counts, problems, settings) if counted else []
    rows = max((each.rows for each in counts.values()), default=0)
    every = list(wanted.values())
    documents = {
        "statistics.json": model_monitor.statistics(every, counts),
        "constraints.json": model_monitor.constraints(every, settings),
        "constraint_violations.json": model_monitor.violations(found),
        "report.json": _report(found, counted.beside if counted else {}, problems, rows),
    }
    model_monitor.write_documents(folders.output, documents)
    _write_metrics(folders, model_monitor.metrics(every, counts, found, _dimensions(folders.variables), _now()))
    return str(documents["report.json"]["says"])


def _baseline(folders: Folders) -> tuple[Baseline, Settings]:
    """The baseline, and the settings: those of now, or else those that it was made with."""
    if not folders.statistics.exists():
        raise SettingsError(f"there is no baseline at {folders.statistics}")
    document: dict[str, Any] = json.loads(folders.statistics.read_text())
    own: dict[str, Any] | None = document.get("monitor")
    if own is None:
        raise SettingsError(f"{folders.statistics.name} was not written by `baseline` of this container")
    settings = read_settings(folders.settings) if folders.settings.exists() else Settings(**own["settings"])
    return baseline_of(own["baseline"]), settings


def _report(
    found: Sequence[Verdict], beside: Mapping[str, Any], problems: Mapping[str, int], rows: int
) -> dict[str, Any]:
    violations = [each for each in found if each.state == "violation"]
    if violations:
        state = "violation"
    elif not rows and not problems:
        state = "no traffic"
    else:
        state = "fine" if any(each.state == "fine" for each in found) else "not enough"
    named = sorted({each.feature or "the rows" for each in violations})
    says = {
        "violation": f"{rows} rows: {', '.join(named)} differ from the baseline",
        "no traffic": "no traffic",
        "fine": f"{rows} rows are as the baseline",
        "not enough": f"{rows} rows are not enough to say",
    }[state]
    return {
        "version": 1,
        "state": state,
        "says": says,
        "rows": rows,
        "first": _time(beside.get("first")),
        "last": _time(beside.get("last")),
        "lost": dict(sorted(problems.items())),
        "checks": [asdict(each) for each in found],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _dimensions(variables: Mapping[str, str]) -> dict[str, str]:
    named = {"Endpoint": "sagemaker_endpoint_name", "MonitoringSchedule": "sagemaker_monitoring_schedule_name"}
    return {name: variables[variable] for name, variable in named.items() if variables.get(variable)}


def _write_metrics(folders: Folders, entries: Sequence[Mapping[str, Any]]) -> None:
    if folders.variables.get("publish_cloudwatch_metrics", "Enabled") != "Enabled":
        return
    folder = folders.base / "output/metrics/cloudwatch"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cloudwatch_metrics.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jsonl"))


def _connected(scratch: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )


def _ended(base: Path, message: str, code: int) -> int:
    print(message, file=sys.stderr if code else sys.stdout)
    folder = base / "output"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "message").write_text(message[:_MESSAGE_LENGTH])
    return code
