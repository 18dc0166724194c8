"""A run: what was captured in a window, against what it is to be like."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from monitor.answers import Answers, Columns, answers_captured, answers_from
from monitor.capture.relation import ROWS, CapturedNames, captured_rows
from monitor.counts import FeatureCounts, count_rows
from monitor.engine import connected, text
from monitor.folders import Folders
from monitor.page.examples import examples_of, some_of
from monitor.page.report import Examples, Findings, page
from monitor.quality.judging import documents as quality_documents
from monitor.reference.baseline import Baseline, baseline_of
from monitor.reference.hours import Season, as_in, known_slots
from monitor.reference.rolling import counts_of, rolling_reference
from monitor.results import model_monitor
from monitor.results.clarify import attribution_documents, bias_documents, bias_entries
from monitor.results.history import History, checks_of, keep, read_history
from monitor.results.scheduled import MetricEntries, as_asked, check_analysis
from monitor.settings import Settings, SettingsError, read_settings
from monitor.verdicts import Verdict, decided, drafts

_NAMED = 20
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Counted:
    """What the rows of a window have.

    Args:
        features: Counts of each feature.
        lost: Rows that are no rows of features, by the reason.
        left_out: Rows that cannot be compared, by the reason.
        hours: Rows of each hour.
        first: The time of the first row.
        last: The time of the last row.
    """

    features: Mapping[str, FeatureCounts] = field(default_factory=dict[str, FeatureCounts])
    lost: Mapping[str, int] = field(default_factory=dict[str, int])
    left_out: Mapping[str, int] = field(default_factory=dict[str, int])
    hours: Mapping[datetime, int] = field(default_factory=dict[datetime, int])
    first: datetime | None = None
    last: datetime | None = None

    @property
    def rows(self) -> int:
        """How many rows are compared."""
        return max((each.rows for each in self.features.values()), default=0)


def run(folders: Folders) -> str:
    """Compare captured rows with the baseline; write Model Monitor's files, metrics, `report.json` and a page."""
    check_analysis(folders.analysis)
    baseline, before, settings = _baseline(folders)
    names = [*settings.features] or [each.name for each in baseline.features]
    outputs = [*settings.outputs] or [each.name for each in baseline.outputs]
    season = Season(settings.season, settings.time_zone)
    files, earlier = folders.lines(folders.captured), folders.lines(folders.earlier)
    history = read_history(folders.history)
    counted, answers, found = Counted(), Answers(), list[Verdict]()
    examples: Mapping[tuple[str, str], Examples] = {}
    inside = _inside(folders)
    columns = Columns(
        {name: f"inputs[{place}]" for place, name in enumerate(names, 1)},
        {name: f"outputs[{place}]" for place, name in enumerate(outputs, 1)},
    )
    with connected() as connection:
        if files:
            connection.execute(captured_rows(files, CapturedNames(names, outputs)))
            counted = _counted(connection, baseline, settings, columns, inside)
        if earlier:
            # Those are read for their answers alone.
            every_row = captured_rows([*files, *earlier], CapturedNames(names, outputs), folders.earlier)
            connection.execute(every_row)
        if files or earlier:
            answers = answers_captured(connection, folders, baseline, settings, columns, inside)
        start, end = _window(folders, counted)
        reference, referred = _reference(baseline, settings, history, start, season, counted)
        if files or earlier:
            of_rows = drafts(reference, counted.features, counted.lost, settings, list(counted.hours.values()))
            found = decided([*of_rows, *answers.drafts(before, settings)], settings)
        if files:
            features = {each.name: each for each in (*reference.features, *reference.outputs)}
            shown = {**columns.features, **columns.outputs}
            # Rows to look at are looked for in a part of many files: another pass would cost as much as the first.
            connection.execute(captured_rows(some_of(files), CapturedNames(names, outputs)))
            relation = f"(SELECT * FROM {ROWS} WHERE problem IS NULL AND {inside})"
            of_all = (features, counted.features, shown, settings.examples)
            examples = examples_of(connection, relation, found, *of_all)
    every = [*baseline.features, *baseline.outputs]
    report = _report(found, counted, answers.judged)
    dated = [
        {**asdict(each), **_since(history, start, each)} if each.state == "violation" else asdict(each)
        for each in found
    ]
    document = {
        **report,
        "window": {"start": start, "end": end},
        "reference": referred,
        "checks": dated,
        **answers.document(),
    }
    documents = {
        "statistics.json": model_monitor.statistics(every, counted.features),
        "constraints.json": model_monitor.constraints(every, settings),
        "constraint_violations.json": model_monitor.violations(found),
        "report.json": document,
    }
    model_monitor.write_documents(folders.output, documents)
    _write_answers(folders.output, answers, before, found, settings, (start, end))
    of_run = {"version": 1, "start": start, "end": end, **{name: report[name] for name in _KEPT}}
    counts = {"counts": counts_of(counted.features)} if settings.reference == "rolling" else {}
    of_run |= {"checks": checks_of(found), **counts}
    keep(folders.history, folders.history_output, of_run)
    findings = Findings(
        title=folders.variables.get("sagemaker_endpoint_name") or "Monitor",
        report=document,
        baseline=reference,
        counts=counted.features,
        runs=[*history.before(start), of_run],
        before=before.document(),
        examples=examples,
        ignored=settings.ignored,
        promise=_promise(settings),
    )
    (folders.output / "report.html").write_text(page(findings), encoding="utf-8")
    dimensions, now = _dimensions(folders), _now()
    entries = MetricEntries(
        rows=model_monitor.metrics(every, counted.features, found, dimensions, now),
        quality=model_monitor.model_metrics(answers, found, dimensions, now),
        bias=bias_entries(answers.facets, settings, dimensions, now),
    )
    _write_metrics(folders, entries.of(folders.analysis))
    return as_asked(folders, str(report["says"]))


def _promise(settings: Settings) -> str:
    many = f"{settings.false_alarms_a_year:g}"
    return (
        f"Runs every {settings.hours_between_runs:g} hours raise {many} false alarm{'s' if many != '1' else ''}"
        f" a year on average; below {settings.minimum_rows} rows nothing is decided."
    )


_KEPT = ("state", "says", "rows", "lost", "left_out")


def _write_answers(
    folder: Path,
    answers: Answers,
    before: Answers,
    found: Sequence[Verdict],
    settings: Settings,
    window: tuple[str, str],
) -> None:
    if answers.quality:
        known = before.quality.metrics if before.quality else {}
        of_quality = [each for each in found if each.check == "quality"]
        written = quality_documents(known, answers.quality, of_quality, settings, window)
        model_monitor.write_documents(folder / "quality", written)
    if answers.facets:
        model_monitor.write_documents(folder / "bias", bias_documents(answers.facets, found, settings))
    if answers.attributions:
        model_monitor.write_documents(folder / "explainability", attribution_documents(answers.attributions, found))


def _inside(folders: Folders) -> str:
    """Whether a captured row is in the window. Rows without a time are in all of them."""
    if not folders.asked:
        return "NOT earlier"
    start, end = (f"(TIMESTAMPTZ {text(each)} AT TIME ZONE 'UTC')" for each in folders.asked)
    return f"(NOT earlier AND (moment >= {start} AND moment < {end} OR moment IS NULL))"


def _counted(
    connection: duckdb.DuckDBPyConnection, baseline: Baseline, settings: Settings, named: Columns, inside: str
) -> Counted:
    wanted = {each.name: each for each in (*baseline.features, *baseline.outputs)}
    columns = {
        expression: wanted[name]
        for listed in (named.features, named.outputs)
        for name, expression in listed.items()
        if name in wanted and name not in settings.attributed
    }
    whole = f"problem IS NULL AND {inside}"
    beside = {
        "problems": f"histogram(problem) FILTER ({inside})",
        "first": f"min(moment) FILTER ({inside})",
        "last": f"max(moment) FILTER ({inside})",
        "hours": f"histogram(CASE WHEN {whole} THEN date_trunc('hour', moment) END)",
        "timeless": f"count(CASE WHEN {whole} AND moment IS NULL THEN 1 END)",
    }
    found = count_rows(connection, ROWS, columns, whole, beside)
    hours: dict[datetime, int] = dict(found.beside["hours"] or {})
    counted = Counted(
        features=found.features,
        lost=dict(found.beside["problems"] or {}),
        hours=hours,
        first=found.beside["first"],
        last=found.beside["last"],
    )
    if settings.season == "none":
        return counted
    known = known_slots(baseline, settings.minimum_rows) or set()
    season = Season(settings.season, settings.time_zone)
    compared = {hour: rows for hour, rows in hours.items() if season.slot(hour) in known}
    left_out = {
        f"rows of hours of which the baseline has fewer than {settings.minimum_rows} rows": sum(hours.values())
        - sum(compared.values()),
        "rows without a time": int(found.beside["timeless"]),
    }
    left_out = {reason: rows for reason, rows in left_out.items() if rows}
    if left_out:
        # The rows are read again, as seldom as this happens.
        listed = ", ".join(f"TIMESTAMP '{hour}'" for hour in compared) or "NULL"
        again = count_rows(connection, ROWS, columns, f"{whole} AND date_trunc('hour', moment) IN ({listed})")
        counted = replace(counted, features=again.features, hours=compared)
    return replace(counted, left_out=left_out)


def _window(folders: Folders, counted: Counted) -> tuple[str, str]:
    """The window of a run: the one that it was given, or whole hours around its rows."""
    if folders.window:
        start, end = (datetime.fromisoformat(each).astimezone(UTC) for each in folders.window)
        return f"{start:{_TIME}}", f"{end:{_TIME}}"
    last = counted.last or datetime.now(UTC)
    first = (counted.first or last).replace(minute=0, second=0, microsecond=0)
    end = last.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return f"{first:{_TIME}}", f"{end:{_TIME}}"


def _reference(
    baseline: Baseline, settings: Settings, history: History, start: str, season: Season, counted: Counted
) -> tuple[Baseline, str]:
    """With what rows are compared, and what it is called."""
    slots = Counter[int]()
    for hour, rows in counted.hours.items():
        slots[season.slot(hour)] += rows
    if settings.reference == "rolling":
        rolling = rolling_reference(baseline, history.before(start), start, season, settings)
        if rolling:
            return rolling, f"the runs of the last {settings.rolling_days:g} days"
        return as_in(baseline, slots), "the baseline, as the runs before this one have too few rows"
    return as_in(baseline, slots), "the baseline"


def _baseline(folders: Folders) -> tuple[Baseline, Answers, Settings]:
    """The baseline, its answers, and the settings: those of now, or else those that it was made with."""
    if not folders.statistics.exists():
        raise SettingsError(f"there is no baseline at {folders.statistics}")
    document: dict[str, Any] = json.loads(folders.statistics.read_text())
    own: dict[str, Any] | None = document.get("monitor")
    if own is None:
        raise SettingsError(f"{folders.statistics.name} was not written by `baseline` of this container")
    made_with = Settings(**own["settings"])
    settings = read_settings(folders.settings) if folders.settings.exists() else made_with
    if (settings.season, settings.time_zone) != (made_with.season, made_with.time_zone):
        raise SettingsError(
            f"season and time_zone must be those of the baseline, {made_with.season} in {made_with.time_zone},"
            f" got: {settings.season} in {settings.time_zone}"
        )
    return baseline_of(own["baseline"]), answers_from(own.get("answers", {})), settings


def _report(found: Sequence[Verdict], counted: Counted, judged: int) -> dict[str, Any]:
    rows = counted.rows
    violations = [each for each in found if each.state == "violation"]
    if violations:
        state = "violation"
    elif any(each.state == "fine" for each in found):
        state = "fine"
    elif not rows and not counted.lost and not counted.left_out:
        state = "no traffic"
    else:
        state = "not enough"
    named = sorted({each.feature or "the rows" for each in violations})
    if len(named) > _NAMED:
        named = [*named[:_NAMED], f"and {len(named) - _NAMED} more"]
    looked_at = f"{rows} rows and {judged} truths" if judged else f"{rows} rows"
    says = {
        "violation": f"{looked_at}: {', '.join(named)} differ from the baseline",
        "no traffic": "no traffic",
        "fine": f"{looked_at} are as the baseline",
        "not enough": f"{looked_at} are not enough to say",
    }[state]
    return {
        "version": 1,
        "state": state,
        "says": says,
        "rows": rows,
        "first": _time(counted.first),
        "last": _time(counted.last),
        "lost": dict(sorted(counted.lost.items())),
        "left_out": dict(sorted(counted.left_out.items())),
    }


def _since(history: History, start: str, verdict: Verdict) -> dict[str, Any]:
    since, runs = history.since(start, verdict.feature, verdict.check)
    return {"since": since, "runs": runs}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:{_TIME}}"


def _now() -> str:
    return f"{datetime.now(UTC):{_TIME}}"


def _dimensions(folders: Folders) -> dict[str, str]:
    named = {"Endpoint": "sagemaker_endpoint_name", "MonitoringSchedule": "sagemaker_monitoring_schedule_name"}
    return {name: folders.variables[given] for name, given in named.items() if folders.variables.get(given)}


def _write_metrics(folders: Folders, entries: Sequence[Mapping[str, Any]]) -> None:
    if folders.variables.get("publish_cloudwatch_metrics", "Enabled") != "Enabled":
        return
    folder: Path = folders.base / "output/metrics/cloudwatch"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cloudwatch_metrics.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in entries))
