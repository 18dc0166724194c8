"""The page of a run: what is different, by how much, since when, with rows to look at, and what was left out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.counts import FeatureCounts
from monitor.page.parts import LARGEST, document, facts, figure, key, kind_of, pill, table
from monitor.page.plots import Point, coverage, distribution, meter, over_runs, ranks, traffic
from monitor.page.words import chance, day, shown, size
from monitor.reference.baseline import Baseline, FeatureBaseline

_RUNS = 60
_CARDS = 30
_FEATURES = 200
_WITH_PLOT = 60
_HEAD = '<tr><th></th><th class="n">now</th><th class="n">95 %</th><th class="n">baseline</th><th></th></tr>'
_MEANINGS = {
    "CI": "how much smaller the group is",
    "DPL": "true share of positives, others less group",
    "KL": "divergence of labels",
    "JS": "divergence of labels, of both",
    "LP": "distance of labels",
    "TVD": "share of labels that differ",
    "KS": "largest difference of a label",
    "CDDL": "share of the rejected less of the accepted, true",
    "DPPL": "predicted share of positives, others less group",
    "DI": "predicted share of positives, group by others",
    "DCA": "true by predicted positives, others less group",
    "DCR": "true by predicted negatives, group less others",
    "RD": "recall, others less group",
    "SD": "specificity, group less others",
    "DAR": "precision, others less group",
    "DRR": "negative predictive value, group less others",
    "AD": "accuracy, others less group",
    "CDDPL": "share of the rejected less of the accepted, predicted",
    "TE": "missed by false positives, group less others",
    "FT": "answered better than their neighbours among others",
    "GE": "inequality of benefits over all",
}
_OF_ANSWERS = ("quality", "bias", "attribution")

Check = Mapping[str, Any]


@dataclass(frozen=True)
class Examples:
    """Rows to look at.

    Args:
        columns: Names of the columns, the one in question first.
        rows: When each row was asked, and its values.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str | None]]]


@dataclass(frozen=True)
class Findings:
    """What a page is made of.

    Args:
        title: What is watched.
        report: The document `report.json`.
        baseline: With what rows were compared.
        counts: What rows have of each feature.
        runs: The runs before this one, the oldest first, and this one.
        before: The document of the baseline's answers.
        examples: Rows by feature and check.
        ignored: Columns that are not compared.
        promise: How often it is wrong, in words.
    """

    title: str
    report: Mapping[str, Any]
    baseline: Baseline
    counts: Mapping[str, FeatureCounts]
    runs: Sequence[Mapping[str, Any]]
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    examples: Mapping[tuple[str, str], Examples] = field(default_factory=dict[tuple[str, str], Examples])
    ignored: Sequence[str] = ()
    promise: str = ""


def page(findings: Findings) -> str:
    """The whole document, of at most 300,000 bytes: what has no room is named at its end."""
    for part in (1.0, 0.5, 0.25, 0.1, 0.0):
        found = _Page(findings, part).document()
        if len(found.encode()) <= LARGEST:
            break
    return found


class _Page:
    def __init__(self, findings: Findings, part: float) -> None:
        self.given = findings
        self.part = part
        self.report = findings.report
        self.features = {each.name: each for each in (*findings.baseline.features, *findings.baseline.outputs)}
        self.runs = findings.runs[-_RUNS:]
        self.series = _series(self.runs)
        self.cut: list[str] = []
        self.checks: Sequence[Check] = findings.report["checks"]

    def document(self) -> str:
        parts = [self._head(), self._different(), self._history(), self._quality(), self._bias(),
                 self._attributions(), self._all_features(), self._left_out(), self._how()]  # fmt: skip
        title = f"{self.given.title}: {self.report['state']}"
        return document(title, "".join(parts))

    def _head(self) -> str:
        report, window = self.report, self.report["window"]
        violations = [each for each in self.checks if each["state"] == "violation"]
        lost = sum(report["lost"].values())
        listed = [
            (f"{report['rows']:,}", "rows compared"),
            (str(len(self.given.counts)), "columns compared"),
            (str(len({each["feature"] for each in violations})), "are different"),
            (f"{lost + sum(report['left_out'].values()):,}", "rows lost or left out"),
        ]
        if (truth := report.get("truth")) and truth["coverage"] is not None:
            listed.append((f"{truth['coverage']:.0%}", "of old answers have a truth"))
        return (
            f"<header>{pill(report['state'])}"
            f"<h1>{shown(self.given.title)}: {shown(_summary(report, violations))}</h1>"
            f'<p class="dim">{shown(day(window["start"]))} to {shown(day(window["end"]))} UTC, compared with'
            f" {shown(report['reference'])}</p></header>"
            f"{facts(listed)}"
        )

    def _different(self) -> str:
        found: dict[str, list[Check]] = defaultdict(list)
        for each in self.checks:
            if each["state"] == "violation":
                found[_called(each)].append(each)
        if not found:
            return ""
        # What is furthest beyond its threshold comes first.
        order = sorted(found, key=lambda name: -max(_beyond(each) for each in found[name]))
        kept = order[: max(int(_CARDS * self.part), 3)]
        if len(order) > len(kept):
            self.cut.append(f"{len(order) - len(kept)} more that are different are in report.json")
        cards = (self._card(name, sorted(found[name], key=lambda each: -_beyond(each))) for name in kept)
        return "<h2>What is different</h2>" + "".join(cards)

    def _card(self, called: str, checks: Sequence[Check]) -> str:
        first = checks[0]
        name, of_answers = first["feature"], first["check"] in _OF_ANSWERS
        since = min(each.get("since", "") for each in checks)
        runs = max(each.get("runs", 1) for each in checks)
        lasted = f"since {day(since)}, {runs} run{'s' if runs > 1 else ''}" if since else ""
        lines = "".join(f"<p>{_sentence(each)}</p>" for each in checks)
        feature, counts = self.features.get(name), self.given.counts.get(name)
        pictures: list[str] = []
        if feature and counts and not of_answers:
            pictures.append(figure("Values: " + key(("was", "baseline"), ("is", "now")),
                                    distribution(feature, counts.counts)))  # fmt: skip
        points = self._points(name, first["check"])
        if len(points) > 1:
            of = name.partition(" of ")[0] if of_answers else first["check"].capitalize()
            caption = f"{shown(of)} by run: how far it has moved; dashed: threshold"
            pictures.append(figure(caption, over_runs(points, first["threshold"])))
        named = {each["check"] for each in checks}
        # Rows that are said to be new or extreme are those of which there are more.
        explained = named & {"unknown category", "out of range", "unreadable", "missing"} or named
        rows = "".join(self._examples(name, each) for each in sorted(explained))
        two = f'<div class="two">{"".join(pictures)}</div>' if pictures else ""
        return (
            f'<section class="card"><div class="top"><h3>{shown(called)}</h3>'
            f"<span>{shown(lasted)}</span></div>{lines}{two}{rows}</section>"
        )

    def _examples(self, name: str, check: str) -> str:
        found = self.given.examples.get((name, check))
        if found is None or not found.rows or not self.part:
            return ""
        head = "".join(f"<th>{shown(each, 30)}</th>" for each in ("asked", *found.columns))
        lines = "".join(
            f'<tr><td class="nowrap">{shown(day(moment))}</td>'
            + "".join(
                f'<td class="nowrap"><code>{_marked(value, marked=place == 0)}</code></td>'
                for place, value in enumerate(values)
            )
            + "</tr>"
            for moment, values in found.rows
        )
        return (
            f"<details open><summary>Rows to look at: {shown(_EXAMPLES.get(check, check))}</summary>"
            f'<div class="scroll"><table><tr>{head}</tr>{lines}</table></div></details>'
        )

    def _history(self) -> str:
        if len(self.runs) < 2:
            return ""
        points = [(str(each["start"]), str(each["state"]), int(each.get("rows", 0))) for each in self.runs]
        states = key(("is", "fine"), ("bad", "different"), ("few", "not enough"), ("none", "no traffic"))
        return (
            f"<h2>Run to run</h2>{figure(f'Rows of each run: {states}', traffic(points))}"
            f'<p class="dim">{shown(day(points[0][0]))} to {shown(day(points[-1][0]))}, {len(points)} runs</p>'
        )

    def _quality(self) -> str:
        truth = self.report.get("truth")
        if not truth:
            return ""
        quality = self.report.get("quality")
        before = (self.given.before.get("quality") or {}).get("metrics", {})
        parts = ["<h2>Quality of answers</h2>"]
        if quality and quality["metrics"]:
            states = {each["feature"]: each for each in self.checks if each["check"] == "quality"}
            lines: list[str] = []
            for name, each in sorted(quality["metrics"].items(), key=lambda item: item[0] not in states):
                check = states.get(name)
                was = before.get(name)
                kind = kind_of(check["state"]) if check else ""
                lines.append(
                    f'<tr class="{kind}"><td class="name">{shown(name)}</td>'
                    f'<td class="n">{size(each["value"])}</td><td class="n">{_bounds(each)}</td>'
                    f'<td class="n">{size(was["value"]) if was else ""}</td>'
                    f"<td>{pill(check['state']) if check else ''}</td></tr>"
                )
            judged = len([each for each in quality["metrics"] if each in states])
            rest = "".join(lines[judged:])
            more = f"<details><summary>All metrics</summary>{table(_HEAD, rest)}</details>" if rest else ""
            parts.append(f'<p class="dim">{quality["rows"]:,} answers whose truth was collected in the window</p>')
            parts.append(table(_HEAD, "".join(lines[:judged])) + more)
        else:
            parts.append("<p>No truth was collected in the window that can be judged.</p>")
        days = [(each["day"], each["predictions"], each["truths"]) for each in truth["days"]]
        if len(days) > 1:
            parts.append(figure("Predictions by day: " + key(("was", "all"), ("is", "with a truth")), coverage(days)))
        said = [
            (truth["waiting"], "predictions that still wait for their truth"),
            (truth["never"], "predictions so old that it will not come"),
            (truth["contradictory"], "truths told in different ways, of which the last one counts"),
            (truth["repeated"], "truths told again"),
            (truth["unknown"], "truths of predictions that are not among the files"),
            (truth["misfitting"], "truths with more or fewer rows than their request"),
            (truth["predicted_twice"], "rows whose identifier another row has, too"),
            *((count, f"lines of truth: {reason}") for reason, count in truth["unreadable"].items()),
            *((count, reason) for reason, count in (quality or {}).get("unusable", {}).items()),
        ]
        listed = "".join(f"<li>{shown(words, 200)}: {count:,}</li>" for count, words in said if count)
        late = truth["hours_late"]
        if len(late) == 2:
            listed += (
                f"<li>half of the truths were there after {late[0]:.1f} hours, nine of ten after {late[1]:.1f}</li>"
            )
        return "".join(parts) + (f"<ul>{listed}</ul>" if listed else "")

    def _bias(self) -> str:
        facets = self.report.get("bias") or ()
        if not facets:
            return ""
        before = {
            (each["facet"], each["facet_value"]): each["metrics"] for each in self.given.before.get("bias") or ()
        }
        parts = ["<h2>Bias by group</h2>"]
        for facet in facets:
            called = f"{facet['facet']} {facet['facet_value']}"
            states = {each["feature"]: each["state"] for each in self.checks if each["check"] == "bias"}
            was = before.get((facet["facet"], facet["facet_value"]), {})
            decided, rest = [], []
            for name, each in facet["metrics"].items():
                state = states.get(f"{name} of {called}")
                old = was.get(name, {}).get("value")
                line = (
                    f'<tr class="{kind_of(state or "")}"><td class="name">{shown(name)}'
                    f"{_meaning(name)}</td>"
                    f'<td class="n">{"not defined" if each["value"] is None else size(each["value"])}</td>'
                    f'<td class="n">{_bounds(each)}</td><td class="n">{"" if old is None else size(old)}</td>'
                    f"<td>{pill(state) if state else ''}</td></tr>"
                )
                (decided if state else rest).append(line)
            more = f"<details><summary>Metrics that are shown only</summary>{table(_HEAD, ''.join(rest))}</details>"
            left = "".join(f"<li>left out: {shown(each, 200)}</li>" for each in facet["left_out"])
            parts.append(
                f'<section class="card plain"><div class="top"><h3>{shown(called)}</h3><span>'
                f"{facet['disadvantaged']:,} of them, {facet['others']:,} others</span></div>"
                f"{table(_HEAD, ''.join(decided)) if decided else ''}{more if rest else ''}"
                f"{f'<ul>{left}</ul>' if left else ''}</section>"
            )
        return "".join(parts)

    def _attributions(self) -> str:
        now, before = self.report.get("attributions"), self.given.before.get("attributions")
        if not now:
            return ""
        was = (before or {}).get("features", {})
        names = sorted(now["features"], key=lambda each: -max(was.get(each, [0])[0], now["features"][each][0]))[:15]
        picture = ranks(
            names, [was.get(each, [0.0])[0] for each in names], [now["features"][each][0] for each in names]
        )
        said = "".join(f"<p>{shown(each['says'], 300)}</p>" for each in self.checks if each["check"] == "attribution")
        return f"<h2>What answers depend on</h2>{said}{figure(key(('was', 'baseline'), ('is', 'now')), picture)}"

    def _all_features(self) -> str:
        drifts = [each for each in self.checks if each["check"] == "drift"]
        if not drifts:
            return ""
        drifts.sort(key=lambda each: -_beyond(each))
        kept = drifts[: max(int(_FEATURES * self.part), 20)]
        if len(drifts) > len(kept):
            self.cut.append(f"{len(drifts) - len(kept)} columns that have moved least are in report.json")
        lines = "".join(
            self._feature(each, plotted=place < _WITH_PLOT * self.part) for place, each in enumerate(kept)
        )
        head = (
            '<tr><th>column</th><th>moved, of its threshold</th><th class="n">by</th>'
            '<th class="n late">by chance</th><th class="late">baseline → now</th><th class="n late">missing</th>'
            '<th class="late">by run</th><th></th></tr>'
        )
        return f"<h2>All columns</h2>{table(head, lines)}"

    def _feature(self, check: Check, *, plotted: bool) -> str:
        name = check["feature"]
        feature, counts = self.features[name], self.given.counts[name]
        points = self._points(name, "drift")
        spark = over_runs(points, check["threshold"], 120, 30) if plotted and len(points) > 1 else ""
        missing = counts.missing / counts.rows if counts.rows else 0.0
        return (
            f'<tr class="{kind_of(check["state"])}"><td class="name">{shown(name)}</td>'
            f"<td>{meter(check['effect'], check['threshold'], check['state'])}</td>"
            f'<td class="n">{size(check["effect"])}</td><td class="n late">{chance(check["p_value"])}</td>'
            f'<td class="late">{_before_and_now(feature, counts)}</td><td class="n late">{missing:.1%}</td>'
            f'<td class="late">{spark}</td><td>{pill(check["state"])}</td></tr>'
        )

    def _left_out(self) -> str:
        lines = [
            *((f"rows that are lost, {reason}", count) for reason, count in self.report["lost"].items()),
            *self.report["left_out"].items(),
        ]
        listed = [f"<li>{shown(reason, 200)}: {count:,}</li>" for reason, count in lines]
        undecided = [each for each in self.checks if each["state"] == "not enough"]
        if undecided:
            names = sorted({each["feature"] or "rows" for each in undecided})
            more = f" and {len(names) - 12} more" if len(names) > 12 else ""
            said = f"{len(undecided)} checks have too few rows to decide: {', '.join(names[:12])}{more}"
            listed.append(f"<li>{shown(said, 500)}</li>")
        if self.given.ignored:
            listed.append(f"<li>columns that the settings ignore: {shown(', '.join(self.given.ignored), 400)}</li>")
        listed += [f"<li>on this page, as it has no room: {shown(each, 200)}</li>" for each in self.cut]
        said = f"<ul>{''.join(listed)}</ul>" if listed else "<p>Nothing was left out.</p>"
        return f"<h2>What was left out, and why</h2>{said}"

    def _how(self) -> str:
        return (
            "<h2>How it is decided</h2>"
            '<p class="dim">A column is different when chance alone makes a change as large too rarely, and the'
            f" change is larger than its threshold. {shown(self.given.promise, 400)} Numbers have moved by standard"
            " deviations of the baseline, all else by the share of rows that would have to change.</p>"
        )

    def _points(self, feature: str, check: str) -> Sequence[Point]:
        recorded = self.series.get((feature, check), {})
        always = check in ("drift", *_OF_ANSWERS)
        found: list[Point] = []
        for run in self.runs:
            effect, state = recorded.get(run["start"], (None if always else 0.0, "fine"))
            if run["state"] in ("no traffic", "not enough") or state == "not enough":
                effect = None
            found.append(Point(run["start"], effect, state))
        return found


_EXAMPLES = {
    "drift": "where there are more than there were",
    "missing": "without a value",
    "unreadable": "with no number",
    "unknown category": "with a new value",
    "out of range": "beyond all values of the baseline",
}


def _series(runs: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, tuple[float | None, str]]]:
    found: dict[tuple[str, str], dict[str, tuple[float | None, str]]] = defaultdict(dict)
    for run in runs:
        for feature, check, state, effect, *_ in run["checks"]:
            found[feature, check][run["start"]] = (float(effect), state)
    return found


def _called(check: Check) -> str:
    """What a card is about: a column, the quality of answers, or a group."""
    if check["check"] == "quality":
        return "Quality of answers"
    if check["check"] == "bias":
        return f"Bias: {check['feature'].partition(' of ')[2]}"
    return str(check["feature"]) or "Rows"


def _summary(report: Mapping[str, Any], violations: Sequence[Check]) -> str:
    """The run in a line."""
    columns = len({each["feature"] for each in violations if each["check"] not in _OF_ANSWERS})
    parts = [f"{columns} column{'s' if columns != 1 else ''}"] if columns else []
    if any(each["check"] == "quality" for each in violations):
        parts.append("the quality of answers")
    groups = len({_called(each) for each in violations if each["check"] == "bias"})
    parts += [f"bias of {groups} group{'s' if groups != 1 else ''}"] if groups else []
    if any(each["check"] == "attribution" for each in violations):
        parts.append("what answers depend on")
    if not parts:
        return str(report["says"])
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} {'is' if listed in ('1 column', 'the quality of answers') else 'are'} different"


def _sentence(check: Check) -> str:
    """What was decided, with the metric's name in front where a card has several."""
    words = str(check["says"])
    if check["check"] in ("quality", "bias"):
        return f"<b>{shown(check['feature'].partition(' of ')[0])}</b> {shown(words, 300)}"
    return shown(words[:1].upper() + words[1:], 300)


def _beyond(check: Check) -> float:
    return float(check["effect"]) / (float(check["threshold"]) or 1e-9)


def _before_and_now(feature: FeatureBaseline, counts: FeatureCounts) -> str:
    if feature.numbers:
        return f"{size(feature.numbers.mean)} → {size(counts.mean)}"
    if not feature.categories:
        return ""
    name = next(iter(feature.categories))
    given, now = feature.rows - feature.missing, sum(counts.counts)
    shares = feature.categories[name] / given if given else 0.0, counts.counts[0] / now if now else 0.0
    return f"{shown(name, 14)} {shares[0]:.0%} → {shares[1]:.0%}"


def _bounds(metric: Mapping[str, Any]) -> str:
    deviation, value = metric.get("standard_deviation"), metric["value"]
    if deviation is None or value is None:
        return ""
    return f"{size(value - 1.96 * deviation)} to {size(value + 1.96 * deviation)}"


def _meaning(name: str) -> str:
    return f" <small>{_MEANINGS[name]}</small>" if name in _MEANINGS else ""


def _marked(value: str | None, *, marked: bool) -> str:
    text = "no value" if value is None or value == "" else shown(value, 48)
    return f"<mark>{text}</mark>" if marked else text
