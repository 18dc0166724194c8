"""A run of a comparison: what a window adds to what is known of champion and challenger, and what that recommends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from monitor.capture.relation import CapturedNames, captured_rows
from monitor.comparison.answered import (
    ANSWERED,
    COMPARED,
    Answered,
    answer_of,
    answered,
    error_of,
    number_of,
    same_answer,
)
from monitor.comparison.deciding import Decision, decide
from monitor.comparison.evidence import (
    Agreement,
    agreement_of,
    evidence_document,
    hours_added,
    of_pairs,
    of_shares,
)
from monitor.comparison.operation import Served, read_operation
from monitor.comparison.page import ComparisonFindings, comparison_page
from monitor.comparison.settings import ComparisonSettings, read_comparison
from monitor.engine import connected
from monitor.folders import Folders
from monitor.quality.judging import measured
from monitor.quality.metrics import Quality
from monitor.quality.truth import PREDICTIONS, Arrivals, Predicted, Told, join_truth
from monitor.results.history import keep, read_history
from monitor.results.model_monitor import write_documents
from monitor.settings import SettingsError

_BEGINNING = "1970-01-01T00:00:00Z"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Window:
    """What one window has.

    Args:
        answered: How many rows.
        hours: What answers with a truth say, by the hour.
        agreed: What pairs say, by the hour.
        differing: Which answers are which, or how far apart numbers are.
        examples: Answers that differ most.
        arrivals: How much of the truth is known.
        champion: Metrics of the champion, of answers whose truth came in the window.
        challenger: The same of the challenger.
        repeated: Answers whose truth was told again, or in another way; what was told first has been counted.
    """

    answered: Answered = field(default_factory=Answered)
    hours: Sequence[Sequence[Any]] = ()
    agreed: Sequence[Sequence[Any]] = ()
    differing: Sequence[Sequence[Any]] = ()
    examples: Sequence[Sequence[Any]] = ()
    arrivals: Arrivals | None = None
    champion: Quality | None = None
    challenger: Quality | None = None
    repeated: int = 0


def compare(folders: Folders) -> str:
    """Compare the two variants; write `report.json` and a page, and add a line to the history."""
    settings, operation = read_comparison(folders.settings), read_operation(folders.operation)
    if not folders.window:
        raise SettingsError("window_start and window_end must be given")
    start, end = (f"{datetime.fromisoformat(each).astimezone(UTC):{_TIME}}" for each in folders.window)
    files, earlier = folders.lines(folders.captured), folders.lines(folders.earlier)
    window = Window()
    if files or earlier:
        names = CapturedNames(settings.answers.features, settings.answers.outputs)
        with connected() as connection:
            connection.execute(captured_rows([*files, *earlier], names, folders.earlier))
            window = _looked_at(connection, folders, settings, operation.since, (start, end))
    history = read_history(folders.history)
    before = [each for each in history.before(start) if each.get("pair") == operation.pair]
    hours = hours_added([*(each["hours"] for each in before), window.hours])
    agreed = hours_added([*(each["agreed"] for each in before), window.agreed])
    counted = settings.answers.problem != "Regression" and settings.measure == "answers"
    evidence = of_pairs(hours, counted=counted) if settings.shadow else of_shares(hours)
    agreement = agreement_of(agreed)
    so_far = operation.with_hours_of([each["operation"] for each in before])
    days = _days(agreed if settings.aim == "same" else hours)
    decision = decide(settings, evidence, agreement, so_far, days)
    document = {
        "version": 1,
        "state": _state(window, decision),
        "says": decision.says,
        "window": {"start": start, "end": end},
        "aim": settings.aim,
        "form": "shadow" if settings.shadow else "shared requests",
        "champion": _side(settings.champion, so_far.champion, window.answered.champion, window.champion),
        "challenger": _side(settings.challenger, so_far.challenger, window.answered.challenger, window.challenger),
        "since": so_far.since,
        "looks": len(before) + 1,
        "days": round(days, 3),
        "rows": sum(window.answered.paired.values()) if settings.shadow else window.answered.challenger,
        "paired": dict(window.answered.paired),
        "lost": dict(window.answered.lost),
        "decision": decision.document(),
        "evidence": evidence_document(evidence),
        "agreement": _agreement(agreement) if settings.shadow else None,
        "differing": window.differing,
        "latency": {each: so_far.slower(each) for each in ("p50", "p99")},
        "truth": _truth(window) if window.arrivals else None,
        "checks": [],
    }
    write_documents(folders.output, {"report.json": document})
    line = {
        "version": 1,
        "start": start,
        "end": end,
        "state": document["state"],
        "says": decision.says,
        "checks": [],
        "pair": operation.pair,
        "rows": document["rows"],
        "hours": window.hours,
        "agreed": window.agreed,
        "operation": operation.document(),
        "decision": decision.document(),
    }
    keep(folders.history, folders.history_output, line)
    title = folders.variables.get("comparison_name") or "Comparison"
    findings = ComparisonFindings(title, document, settings, [*before, line], window.examples)
    (folders.output / "report.html").write_text(comparison_page(findings), encoding="utf-8")
    return f"{document['state']}: {decision.says}"


def _looked_at(
    connection: duckdb.DuckDBPyConnection,
    folders: Folders,
    settings: ComparisonSettings,
    since: str,
    window: tuple[str, str],
) -> Window:
    found = Window(answered(connection, settings, since, window[1]))
    if settings.shadow:
        found = _agreed(connection, settings, window[0], found)
    else:
        found = replace(found, differing=_answers(connection, settings))
    if not settings.answers.problem:
        return found
    told = Told(folders.lines(folders.truth), folders.lines(folders.earlier_truth), _BEGINNING, window[1])
    more = (
        {"other_prediction": "other_prediction", "other_probability": "other_probability"}
        if settings.shadow
        else {"challenger": "challenger"}
    )
    predicted = Predicted("prediction", "probability", more)
    arrivals = join_truth(connection, told, predicted, "NOT earlier", settings.answers, COMPARED)
    # What was judged by a run before this one is in its sums already.
    known = "id IN (SELECT id FROM truth_lines WHERE NOT fresh AND problem IS NULL)"
    [[repeated]] = connection.execute(f"SELECT count(*) FROM {PREDICTIONS} WHERE judged AND {known}").fetchall()
    now = f"SELECT * FROM {PREDICTIONS} WHERE judged AND NOT {known}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW judged_now AS {now}")
    champion, challenger = (_quality(connection, settings, challenger=each) for each in (False, True))
    return replace(
        found,
        hours=_hours(connection, settings, window[0]),
        arrivals=arrivals,
        champion=champion,
        challenger=challenger,
        repeated=int(repeated),
    )


def _hours(connection: duckdb.DuckDBPyConnection, settings: ComparisonSettings, start: str) -> list[list[Any]]:
    error = error_of(settings, "prediction", "probability")
    if settings.shadow:
        other = error_of(settings, "other_prediction", "other_probability")
        sums = (
            "count(*), sum(e - f), sum(pow(e - f, 2)), count(*) FILTER (f < e), count(*) FILTER (f > e), sum(e)"
            f" FROM (SELECT moment, ({error})::DOUBLE AS e, ({other})::DOUBLE AS f FROM judged_now)"
            " WHERE isfinite(e) AND isfinite(f)"
        )
    else:
        sums = (
            ", ".join(
                f"count(*) FILTER ({each}), coalesce(sum(e) FILTER ({each}), 0),"
                f" coalesce(sum(e * e) FILTER ({each}), 0)"
                for each in ("NOT challenger", "challenger")
            )
            + f" FROM (SELECT moment, challenger, ({error})::DOUBLE AS e FROM judged_now) WHERE isfinite(e)"
        )
    return _by_hour(connection, sums, start)


def _agreed(connection: duckdb.DuckDBPyConnection, settings: ComparisonSettings, start: str, found: Window) -> Window:
    one, other = number_of(settings), number_of(settings, "other_")
    rows = f"(SELECT *, {same_answer(settings)} AS same, {other} - {one} AS gap FROM {COMPARED} WHERE NOT earlier)"
    sums = (
        "count(*), count(*) FILTER (same), coalesce(sum(gap), 0), coalesce(sum(abs(gap)), 0), count(gap)"
        f" FROM {rows} WHERE same IS NOT NULL"
    )
    agreed = _by_hour(connection, sums, start)
    mine, theirs = (answer_of(settings, f"{each}prediction", f"{each}probability") for each in ("", "other_"))
    if settings.answers.problem in ("", "Regression") and sum(each[5] for each in agreed):
        ends = "min(gap), quantile_cont(gap, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]), max(gap)"
        [[least, middle, most]] = connection.execute(f"SELECT {ends} FROM {rows} WHERE isfinite(gap)").fetchall()
        differing: Sequence[Sequence[Any]] = [[least, *(middle or ()), most]]
    else:
        differing = connection.execute(
            f"SELECT {mine}, {theirs}, count(*) FROM {rows} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {_MOST_SHOWN}"
        ).fetchall()
    examples = connection.execute(
        f"SELECT strftime(moment, '{_TIME}'), coalesce(nullif(inference, ''), event), coalesce(prediction, ''),"
        f" coalesce(other_prediction, ''), gap FROM {rows} WHERE NOT same ORDER BY abs(gap) DESC NULLS LAST, moment"
        f" LIMIT {settings.examples}"
    ).fetchall()
    return replace(found, agreed=agreed, differing=differing, examples=examples)


def _answers(connection: duckdb.DuckDBPyConnection, settings: ComparisonSettings) -> Sequence[Sequence[Any]]:
    """What each of two variants that share the requests has answered: rows, mean and deviation of numbers."""
    return connection.execute(
        f"SELECT challenger, count(*), avg(x), stddev_pop(x) FROM (SELECT challenger, {number_of(settings)} AS x"
        f" FROM {ANSWERED} WHERE NOT earlier) GROUP BY 1 ORDER BY 1"
    ).fetchall()


def _quality(
    connection: duckdb.DuckDBPyConnection, settings: ComparisonSettings, *, challenger: bool
) -> Quality | None:
    if settings.shadow:
        side = "other_" if challenger else ""
        rows = f"SELECT truth, {side}prediction AS prediction, {side}probability AS probability FROM judged_now"
    else:
        rows = f"SELECT truth, prediction, probability FROM judged_now WHERE challenger = {challenger}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW one_side AS {rows}")
    [[count]] = connection.execute("SELECT count(*) FROM one_side").fetchall()
    return measured(connection, "one_side", settings.answers) if count else None


def _by_hour(connection: duckdb.DuckDBPyConnection, sums: str, start: str) -> list[list[Any]]:
    rows = connection.execute(
        f"SELECT coalesce(strftime(date_trunc('hour', moment), '{_TIME}'), '{start}') AS hour, {sums}"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [[hour, *map(float, numbers)] for hour, *numbers in rows]


def _days(hours: Sequence[Sequence[Any]]) -> float:
    """From the first hour of requests to the end of the last one."""
    if not hours:
        return 0.0
    first, last = (datetime.fromisoformat(str(each[0])) for each in (hours[0], hours[-1]))
    return (last - first + timedelta(hours=1)) / timedelta(days=1)


def _state(window: Window, decision: Decision) -> str:
    silent = not window.answered.champion and not window.answered.challenger and not window.hours
    return "no traffic" if silent and decision.recommendation == "not enough" else decision.recommendation


def _side(name: str, served: Served, rows: int, quality: Quality | None) -> Mapping[str, Any]:
    return {
        "variant": name,
        "model": served.model,
        "package": served.package,
        "rows": rows,
        "error_rate": served.error_rate,
        "metrics": {metric: each.value for metric, each in quality.metrics.items()} if quality else {},
    }


def _agreement(agreement: Agreement) -> Mapping[str, Any]:
    return {
        "rows": agreement.rows,
        "same": agreement.same,
        "share": agreement.share,
        "higher": agreement.mean,
        "apart": agreement.apart,
    }


def _truth(window: Window) -> Mapping[str, Any]:
    arrivals = window.arrivals
    assert arrivals
    return {
        "judged": arrivals.judged - window.repeated,
        "told_again": window.repeated,
        "waiting": arrivals.waiting,
        "never": arrivals.never,
        "coverage": arrivals.coverage,
        "unknown": arrivals.unknown,
        "unreadable": dict(arrivals.unreadable),
    }
