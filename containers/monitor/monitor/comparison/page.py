"""The page of a comparison: what is recommended and how sure it is, look by look, and how the two differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.comparison.settings import ComparisonSettings
from monitor.page.parts import LARGEST, document, facts, figure, pill, table
from monitor.page.plots import bounds_over_looks
from monitor.page.words import day, shown, size

_LOOKS = 60
_METRICS = 30
_QUANTILES = ("least", "1 %", "5 %", "25 %", "middle", "75 %", "95 %", "99 %", "most")


@dataclass(frozen=True)
class ComparisonFindings:
    """What a page is made of.

    Args:
        title: What the comparison is called.
        report: The document `report.json`.
        settings: What the team has decided.
        looks: Lines of the history of this pair, the newest last.
        examples: Answers that differ most: when, identifier, both answers, and how far apart they are.
    """

    title: str
    report: Mapping[str, Any]
    settings: ComparisonSettings
    looks: Sequence[Mapping[str, Any]]
    examples: Sequence[Sequence[Any]] = ()


def comparison_page(findings: ComparisonFindings) -> str:
    """The whole document, of at most 300,000 bytes; answers are cut to what people read."""
    body = "".join(part(findings) for part in (_head, _looks, _sides, _agreement, _examples, _truth, _how))
    found = document(f"{findings.title}: {findings.report['state']}", body)
    assert len(found.encode()) <= LARGEST
    return found


def _head(findings: ComparisonFindings) -> str:
    report, decision = findings.report, findings.report["decision"]
    window = report["window"]
    listed = [
        (f"{report['rows']:,}", "answers of both" if findings.settings.shadow else "answers of the challenger"),
        (_share(decision["confidence"]), "confidence"),
        (str(report["looks"]), "looks so far"),
        (f"{report['days']:.1f}", "days of requests"),
    ]
    says = str(report["says"])
    return (
        f"<header>{pill(report['state'])}<h1>{shown(findings.title)}: {shown(says[:1].upper() + says[1:], 300)}</h1>"
        f'<p class="dim">{shown(report["challenger"]["variant"])} against {shown(report["champion"]["variant"])},'
        f" {shown(day(window['start']))} to {shown(day(window['end']))} UTC"
        f"{', compared since ' + shown(day(report['since'])) if report['since'] else ''}</p></header>{facts(listed)}"
    )


def _looks(findings: ComparisonFindings) -> str:
    settings = findings.settings
    decisions = [(str(each["start"]), each["decision"]) for each in findings.looks[-_LOOKS:]]
    looks = [
        (start, float(each["effect"]), float(each["least"]), float(each["most"]))
        for start, each in decisions
        if each["effect"] is not None
    ]
    if not looks:
        return ""
    same = settings.aim == "same"
    wanted = settings.least_agreement if same else settings.better_by
    what = "Share of the same answers" if same else "By how much the challenger's errors are smaller"
    _, effect, least, most = looks[-1]
    sentence = (
        f"{_share(effect)}, at least {_share(least)} and at most {_share(most)}: each of these bounds is ever wrong,"
        f" at this look or any other, with a chance of {settings.false_promotions:.0%} at most."
    )
    caption = f"{what}, look by look, with its bounds; dashed: {_share(wanted)}, which is asked for"
    return (
        f"<h2>Look by look</h2><p>{shown(sentence, 300)}</p>"
        f"{figure(shown(caption, 200), bounds_over_looks(looks, wanted))}"
    )


def _sides(findings: ComparisonFindings) -> str:
    report = findings.report
    champion, challenger = report["champion"], report["challenger"]
    rows: list[tuple[str, str, str]] = [
        (name, str(champion[key_]), str(challenger[key_]))
        for name, key_ in (("model", "model"), ("model package", "package"))
        if champion[key_] or challenger[key_]
    ]
    rows.append(("answers in the window", f"{champion['rows']:,}", f"{challenger['rows']:,}"))
    evidence = report["evidence"]
    if evidence["champion_rows"]:
        rows.append(("answers with a truth", f"{evidence['champion_rows']:,}", f"{evidence['challenger_rows']:,}"))
        rows.append(("mean error", size(evidence["champion_error"]), size(evidence["challenger_error"])))
    if "better" in evidence:
        rows.append(("right where the other is wrong", f"{evidence['worse']:,}", f"{evidence['better']:,}"))
    rows.append(("requests that fail", _share(champion["error_rate"]), _share(challenger["error_rate"])))
    for percentile, slower in report["latency"].items():
        if slower is not None:
            rows.append((f"latency, {percentile}", "", f"{slower:+.0%}"))
    names = sorted({*champion["metrics"], *challenger["metrics"]})[:_METRICS]
    metrics = [
        (name, *(size(side["metrics"][name]) if name in side["metrics"] else "" for side in (champion, challenger)))
        for name in names
    ]
    head = '<tr><th></th><th class="n">champion</th><th class="n">challenger</th></tr>'
    parts = [f"<h2>The two</h2>{table(head, _lines(rows))}"]
    if metrics:
        parts.append(
            "<details><summary>Metrics of answers whose truth came in the window</summary>"
            f"{table(head, _lines(metrics))}</details>"
        )
    return "".join(parts)


def _agreement(findings: ComparisonFindings) -> str:
    report = findings.report
    agreement, differing = report["agreement"], report["differing"]
    if not findings.settings.shadow:
        head = '<tr><th></th><th class="n">answers</th><th class="n">mean</th><th class="n">deviation</th></tr>'
        lines = "".join(
            f'<tr><td class="name">{"challenger" if challenger else "champion"}</td><td class="n">{rows:,}</td>'
            f'<td class="n">{size(mean)}</td><td class="n">{size(deviation)}</td></tr>'
            for challenger, rows, mean, deviation in differing
        )
        return f"<h2>What they answer</h2>{table(head, lines)}" if lines else ""
    if not agreement or not agreement["rows"]:
        return ""
    parts = [
        f"<h2>Agreement</h2><p>{_share(agreement['share'])} of {agreement['rows']:,} answers are the same"
        + (
            f"; the challenger's numbers are higher by {size(agreement['higher'])} on average, and"
            f" {size(agreement['apart'])} apart."
            if agreement["higher"] is not None and not findings.settings.labels
            else "."
        )
        + "</p>"
    ]
    if differing and len(differing[0]) == len(_QUANTILES):
        lines = "".join(
            f'<tr><td class="name">{name}</td><td class="n">{size(value)}</td></tr>'
            for name, value in zip(_QUANTILES, differing[0], strict=True)
        )
        head = '<tr><th>of all answers</th><th class="n">challenger less champion</th></tr>'
        parts.append(
            f"<details><summary>How far apart numbers are in the window</summary>{table(head, lines)}</details>"
        )
    elif differing:
        lines = "".join(
            f"<tr><td><code>{_answer(one)}</code></td><td><code>{_answer(other)}</code></td>"
            f'<td class="n">{rows:,}</td></tr>'
            for one, other, rows in differing
        )
        parts.append(
            table('<tr><th>champion</th><th>challenger</th><th class="n">answers in the window</th></tr>', lines)
        )
    if report["paired"]:
        paired = ", ".join(f"{rows:,} by {how}" for how, rows in report["paired"].items())
        parts.append(f'<p class="dim">Paired: {shown(paired, 200)}</p>')
    return "".join(parts)


def _examples(findings: ComparisonFindings) -> str:
    if not findings.examples:
        return ""
    lines = "".join(
        f'<tr><td class="nowrap">{shown(day(str(moment or "")))}</td><td><code>{shown(name, 40)}</code></td>'
        f"<td><code>{_answer(one)}</code></td><td><code>{_answer(other)}</code></td></tr>"
        for moment, name, one, other, _ in findings.examples
    )
    head = "<tr><th>asked</th><th>request</th><th>champion</th><th>challenger</th></tr>"
    return f"<h2>Answers that differ most</h2>{table(head, lines)}"


def _truth(findings: ComparisonFindings) -> str:
    truth, lost = findings.report["truth"], findings.report["lost"]
    said = [(rows, f"captured lines lost: {reason}") for reason, rows in lost.items()]
    if truth:
        said = [
            (truth["judged"], "answers whose truth came in the window"),
            (truth["told_again"], "answers whose truth was told again; the first one counts"),
            (truth["waiting"], "answers that still wait for their truth"),
            (truth["never"], "answers so old that it will not come"),
            (truth["unknown"], "truths of requests that are not compared"),
            *((rows, f"lines of truth: {reason}") for reason, rows in truth["unreadable"].items()),
            *said,
        ]
    lines = "".join(f"<li>{shown(words, 200)}: {rows:,}</li>" for rows, words in said if rows)
    return f"<h2>Truth, and what was left out</h2><ul>{lines}</ul>" if lines else ""


def _how(findings: ComparisonFindings) -> str:
    settings, evidence = findings.settings, findings.report["evidence"]
    test = "exact bounds of a share for any number of looks" if settings.aim == "same" else evidence["test"]
    alike = evidence["rows_that_count_for_one"]
    listed = [
        f"Decided by {test}: a challenger that is not what is asked for is ever recommended with a chance of"
        f" {settings.false_promotions:.0%} at most, however often this page is made.",
        f"Nothing is decided before {settings.minimum_truths:,} answers of each, of {settings.minimum_days:g} days.",
        f"Promotion also takes a 99th percentile of latency that is at most {settings.slower_by:.0%} longer, and"
        f" at most {settings.more_errors:.2%} more requests that fail.",
    ]
    if alike > 1:
        listed.append(f"Answers of one hour are alike: {alike:g} of them count for one.")
    return "<h2>How it is decided</h2><ul>" + "".join(f"<li>{shown(each, 400)}</li>" for each in listed) + "</ul>"


def _lines(rows: Sequence[tuple[str, ...]]) -> str:
    return "".join(
        f'<tr><td class="name">{shown(name)}</td>'
        + "".join(f'<td class="n">{shown(each, 120)}</td>' for each in rest)
        + "</tr>"
        for name, *rest in rows
    )


def _answer(value: object) -> str:
    return "no answer" if value is None or value == "" else shown(value, 48)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.2%}" if value < 0.9999 or value == 1 else "> 99.99%"
