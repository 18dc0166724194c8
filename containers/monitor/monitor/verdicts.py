"""What is decided of each feature: fine, a violation, or not enough rows to say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scipy.stats import binom

from monitor.capture.relation import FEWER, MORE
from monitor.counts import FeatureCounts
from monitor.reference.baseline import Baseline, FeatureBaseline
from monitor.reference.hours import worth
from monitor.settings import Settings
from monitor.statistics.effects import moved_distance, moved_share
from monitor.statistics.many_features import discoveries, rate_of_a_run
from monitor.statistics.two_samples import compare_categories, compare_ordered

Check = Literal[
    "drift",
    "missing",
    "unreadable",
    "unknown category",
    "out of range",
    "fewer columns",
    "more columns",
    "lost rows",
    "quality",
    "bias",
    "attribution",
]
State = Literal["fine", "violation", "not enough"]


@dataclass(frozen=True)
class Verdict:
    """One check of one feature.

    Args:
        feature: The feature.
        check: What was looked at.
        state: What is decided. A violation is both beyond chance and larger than its threshold.
        effect: How large the change is: standard deviations of a number, and shares of rows of all else.
        threshold: Above which effect it is a violation.
        p_value: How often chance alone makes one as large.
        rows: How many rows it is decided on.
        says: The same in a sentence.
    """

    feature: str
    check: Check
    state: State
    effect: float
    threshold: float
    p_value: float
    rows: int
    says: str = ""


def drafts(
    baseline: Baseline,
    counts: Mapping[str, FeatureCounts],
    lost: Mapping[str, int],
    settings: Settings,
    hours: Sequence[int] = (),
) -> list[Verdict]:
    """What the rows of a run are like, to be decided together with all else.

    Args:
        baseline: With what rows are compared.
        counts: What rows have of each feature.
        lost: Rows that are no rows of features, by the reason.
        settings: What the team has decided.
        hours: How many rows each hour has, where rows have a time.
    """
    found = [
        verdict
        for feature in (*baseline.features, *baseline.outputs)
        if feature.name in counts and feature.name not in settings.ignored
        for verdict in _of_feature(feature, counts[feature.name], settings, hours)
    ]
    rows = sum(lost.values()) + max((each.rows for each in counts.values()), default=0)
    columns: dict[Check, int] = {"fewer columns": lost.get(FEWER, 0), "more columns": lost.get(MORE, 0)}
    of_all: dict[Check, int] = {**columns, "lost rows": sum(lost.values()) - sum(columns.values())}
    found += [_share_verdict("", check, (some, rows), (0, baseline.rows), settings) for check, some in of_all.items()]
    return found


def decided(found: Sequence[Verdict], settings: Settings) -> list[Verdict]:
    """All verdicts of a run.

    A violation has passed two tests: chance alone makes one as large so rarely that a year of runs raises no more
    false alarms than the settings allow, over all features and checks together, and it is larger than its threshold.
    """
    enough = [place for place, each in enumerate(found) if each.state != "not enough"]
    rate = rate_of_a_run(settings.false_alarms_a_year, settings.hours_between_runs)
    passed = discoveries([found[place].p_value for place in enough], rate)
    beyond = {place for place, each in zip(enough, passed, strict=True) if each}
    return [_decided(each, beyond=place in beyond) for place, each in enumerate(found)]


def _decided(verdict: Verdict, *, beyond: bool) -> Verdict:
    if verdict.state == "not enough":
        return replace(verdict, says=verdict.says or f"{verdict.rows} rows are not enough to say")
    violation = beyond and verdict.effect > verdict.threshold
    return replace(verdict, state="violation" if violation else "fine", says=verdict.says or _sentence(verdict))


def _of_feature(
    feature: FeatureBaseline, found: FeatureCounts, settings: Settings, hours: Sequence[int]
) -> Iterator[Verdict]:
    given = found.rows - found.missing
    known = feature.rows - feature.missing
    missing = (found.missing, found.rows), (feature.missing, feature.rows)
    yield _share_verdict(feature.name, "missing", *missing, settings, _worth(hours, feature.alike_missing))
    yield _drift_verdict(feature, found, settings, _worth(hours, feature.alike))
    if feature.numbers:
        yield _share_verdict(feature.name, "unreadable", (found.unreadable, given), (0, known), settings)
        yield _range_verdict(feature, found, settings)
    elif feature.categories:
        unknown = (found.counts[-1], given), (feature.others, known)
        yield _share_verdict(feature.name, "unknown category", *unknown, settings, _worth(hours, feature.alike))


def _worth(hours: Sequence[int], alike: float) -> float:
    """As how many rows each row counts."""
    return worth(hours, alike) / sum(hours) if sum(hours) else 1.0


def _share_verdict(
    name: str,
    check: Check,
    now: tuple[int, int],
    before: tuple[float, float],
    settings: Settings,
    each: float = 1.0,
) -> Verdict:
    """Whether more of all rows than before are so; fewer are never a violation."""
    (some, rows), (some_before, rows_before) = now, before
    more = some / max(rows, 1) - some_before / max(rows_before, 1)
    state: State = "fine" if rows >= settings.minimum_rows else "not enough"
    if more <= 0:
        return Verdict(name, check, state, 0.0, settings.bad_share, 1.0, rows)
    compared = compare_categories([some_before, rows_before - some_before], [some * each, (rows - some) * each])
    # More only, and not fewer: one side.
    return Verdict(name, check, state, more, settings.bad_share, compared.p_value / 2, rows)


def _range_verdict(feature: FeatureBaseline, found: FeatureCounts, settings: Settings) -> Verdict:
    numbers = sum(found.counts)
    # Of rows that are spread alike, each is as likely as any other to be the largest or the smallest one.
    expected = 2 / (max(sum(feature.numbers.counts) if feature.numbers else 0, 1) + 1)
    p_value = float(binom.sf(found.outside - 1, numbers, expected)) if found.outside else 1.0
    share = found.outside / max(numbers, 1)
    state: State = "fine" if numbers >= settings.minimum_rows else "not enough"
    return Verdict(feature.name, "out of range", state, share, settings.bad_share, p_value, numbers)


def _drift_verdict(feature: FeatureBaseline, found: FeatureCounts, settings: Settings, each: float) -> Verdict:
    rows = sum(found.counts)
    now = [count * each for count in found.counts]
    number = feature.numbers
    threshold = settings.threshold(feature.name, number=number is not None)
    if number:
        compared = compare_ordered(number.counts, now)
        effect = moved_distance(number.counts, now, _centres(feature, found), number.deviation)
    else:
        before: Sequence[float] = [*feature.categories.values(), feature.others]
        compared = compare_categories(before, now)
        effect = moved_share(before, now)
    state: State = "fine" if rows >= settings.minimum_rows else "not enough"
    return Verdict(feature.name, "drift", state, effect, threshold, compared.p_value, rows)


def _centres(feature: FeatureBaseline, found: FeatureCounts) -> list[float]:
    """Mean values of bins: those of the baseline, but in the outer ones, where values may be anything."""
    numbers = feature.numbers
    assert numbers
    centres = list(numbers.centres)
    for place, (now, counts) in enumerate(zip(found.centres, (found.counts[0], found.counts[-1]), strict=True)):
        end = 0 if place == 0 else -1
        before = numbers.counts[end]
        if now is not None and before + counts:
            centres[end] = (centres[end] * before + now * counts) / (before + counts)
    return centres


def by_chance(p_value: float, rows: int) -> str:
    """How likely chance is, in words."""
    shown = "less than 1 in a million" if p_value < 1e-6 else f"{p_value:.2g}"
    return f"by chance {shown}, of {rows} rows"


def _sentence(verdict: Verdict) -> str:
    chance = by_chance(verdict.p_value, verdict.rows)
    match verdict.check:
        case "drift":
            return f"has moved by {verdict.effect:.3g} (threshold {verdict.threshold:g}; {chance})"
        case "out of range":
            return f"{verdict.effect:.2%} are out of range (threshold {verdict.threshold:.2%}; {chance})"
        case "fewer columns" | "more columns":
            return (
                f"{verdict.effect:.2%} of all rows have {verdict.check} (threshold {verdict.threshold:.2%}; {chance})"
            )
        case "lost rows":
            return f"{verdict.effect:.2%} of all rows cannot be read (threshold {verdict.threshold:.2%}; {chance})"
        case _:
            return f"{verdict.effect:.2%} more are {verdict.check} (threshold {verdict.threshold:.2%}; {chance})"
