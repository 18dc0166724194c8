"""Whether the challenger is to take the champion's place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from monitor.comparison.evidence import Agreement, Evidence
from monitor.comparison.operation import Operation
from monitor.comparison.settings import ComparisonSettings
from monitor.statistics.always_valid import share_bounds, share_p_value

Recommendation = Literal["promote", "keep", "not enough"]


@dataclass(frozen=True)
class Decision:
    """What is recommended.

    Args:
        recommendation: ``promote`` the challenger, ``keep`` the champion, or ``not enough`` to say.
        says: Why, in a sentence.
        confidence: How sure it is, over all looks; None where nothing is decided.
        effect: What is decided on: by how much errors are smaller, or the share of the same answers.
        least: What it is at least, over all looks.
        most: What it is at most.
    """

    recommendation: Recommendation
    says: str
    confidence: float | None = None
    effect: float | None = None
    least: float | None = None
    most: float | None = None

    def document(self) -> dict[str, Any]:
        """It as JSON."""
        named = {"confidence": self.confidence, "effect": self.effect, "least": self.least, "most": self.most}
        return {"recommendation": self.recommendation, "says": self.says, **named}


def decide(
    settings: ComparisonSettings, evidence: Evidence, agreement: Agreement, operation: Operation, days: float
) -> Decision:
    """Decide on all that is known of the two so far."""
    same = settings.aim == "same"
    decision = _same(settings, agreement, days) if same else _better(settings, evidence, days)
    hindered = "; ".join(_hindrances(settings, operation))
    if decision.recommendation != "promote" or not hindered:
        return decision
    return Decision("keep", f"{decision.says}, but {hindered}", None, decision.effect, decision.least, decision.most)


def _better(settings: ComparisonSettings, evidence: Evidence, days: float) -> Decision:
    proportion = settings.answers.problem == "Regression"
    scale = (evidence.champion_error or 1.0) if proportion else 1.0
    rate, wanted = settings.false_promotions, settings.better_by
    effect = evidence.advantage / scale
    if not evidence.rows:
        return Decision("not enough", "no answers of both have a truth yet")
    least, most = (each / scale for each in evidence.bounds(rate))
    than = "smaller" if effect >= 0 else "larger"
    found = f"the challenger's {_words(settings)} is {than} by {_size(settings, effect)}"

    def said(recommendation: Recommendation, words: str, p_value: float | None = None) -> Decision:
        confidence = None if p_value is None else 1 - p_value
        return Decision(recommendation, words, confidence, effect, least, most)

    if few := _few(settings, evidence.rows, days, "answers of each with a truth"):
        return said("not enough", few)
    if evidence.p_better <= rate and effect >= wanted:
        return said("promote", found, evidence.p_better)
    if evidence.p_worse <= rate:
        return said("keep", found, evidence.p_worse)
    beyond = evidence.p_below(wanted * scale)
    if beyond <= rate:
        return said(
            "keep", f"the challenger's {_words(settings)} is not smaller by {_size(settings, wanted)}", beyond
        )
    return said("not enough", f"{found}, which may be chance")


def _words(settings: ComparisonSettings) -> str:
    if settings.answers.problem == "Regression":
        return "mean error"
    return "share of wrong answers" if settings.measure == "answers" else "squared error of probabilities"


def _size(settings: ComparisonSettings, effect: float) -> str:
    if settings.answers.problem == "Regression":
        return f"{abs(effect):.2%}"
    return f"{abs(effect) * 100:.2f} percentage points" if settings.measure == "answers" else f"{abs(effect):.4f}"


def _same(settings: ComparisonSettings, agreement: Agreement, days: float) -> Decision:
    share, rate, wanted = agreement.share, settings.false_promotions, settings.least_agreement
    if share is None:
        return Decision("not enough", "no requests were answered by both yet")
    least, most = share_bounds(*agreement.worth, rate)
    same, other = agreement.worth

    def said(recommendation: Recommendation, words: str, p_value: float | None = None) -> Decision:
        confidence = None if p_value is None else 1 - p_value
        return Decision(recommendation, words, confidence, share, least, most)

    if few := _few(settings, agreement.rows, days, "requests that both have answered"):
        return said("not enough", few)
    found = f"{share:.2%} of answers are the same"
    p_same, p_other = share_p_value(same, other, wanted), share_p_value(other, same, 1 - wanted)
    if p_same <= rate:
        return said("promote", found, p_same)
    if p_other <= rate:
        return said("keep", f"{found}, fewer than {wanted:.2%}", p_other)
    return said("not enough", f"{found}, which may be chance")


def _few(settings: ComparisonSettings, rows: int, days: float, what: str) -> str:
    if rows < settings.minimum_truths:
        return f"{rows:,} {what} are fewer than {settings.minimum_truths:,}"
    if days < settings.minimum_days:
        return f"requests of {days:.1f} days are fewer than of {settings.minimum_days:g}"
    return ""


def _hindrances(settings: ComparisonSettings, operation: Operation) -> Iterator[str]:
    """What speaks against a challenger that answers well."""
    slower = operation.slower()
    if slower is not None and slower > settings.slower_by:
        yield f"takes {slower:.0%} longer at the 99th percentile, where {settings.slower_by:.0%} are allowed"
    before, now = operation.champion.error_rate, operation.challenger.error_rate
    if now is not None and now - (before or 0.0) > settings.more_errors:
        yield f"fails {now:.2%} of requests, where the champion fails {before or 0.0:.2%}"
