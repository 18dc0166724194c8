"""Rulesets of Glue Data Quality: what they may say of a table."""

from collections.abc import Iterator, Sequence

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.rules.data.quality_language import (
    RULE_TYPES,
    CompositeRule,
    QualityRule,
    QualitySyntaxError,
    parse_ruleset,
    single_rules,
)
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateDataQualityRuleset"
_UPDATE = ("UpdateDataQualityRuleset",)
_GUIDE = "https://docs.aws.amazon.com/glue/latest/dg"
_REFERENCE = f"{_GUIDE}/dqdl-rule-types.html"


@rule(_CREATE, f"{_GUIDE}/dqdl.html", also=_UPDATE, read="2026-11-30", enforced=("emulator",))
def rulesets_are_dqdl(call: Call) -> Iterator[Broken]:
    """A ruleset is a text of DQDL with a list of rules."""
    text = call.request.get("Ruleset")
    if not isinstance(text, str) or is_token(text):
        return
    try:
        parse_ruleset(text)
    except QualitySyntaxError as error:
        yield "Ruleset", str(error)


@rule(_CREATE, _REFERENCE, also=_UPDATE, read="2026-11-30", enforced=("emulator",))
def rules_have_types_of_dqdl(call: Call) -> Iterator[Broken]:
    """A rule of DQDL has one of the types of its reference."""
    for each in _rules(call):
        if each.type not in RULE_TYPES:
            yield "Ruleset", each.type


@rule(_CREATE, _REFERENCE, also=_UPDATE, read="2026-11-30")
def rules_of_dqdl_have_their_parameters(call: Call) -> Iterator[Broken]:
    """A rule of DQDL has as many parameters as its type takes, and compares with something where its type does."""
    for each in _rules(call):
        kind = RULE_TYPES.get(each.type)
        if kind is None:
            continue
        many = len(each.parameters)
        short = many < kind.least or (kind.most is not None and many > kind.most)
        compared = each.condition is not None
        compares = {"always": not compared, "never": compared}.get(kind.conditional, False)
        beside = (each.where is not None and not kind.where) or (
            any(name == "threshold" for name, _ in each.tags) and not kind.threshold
        )
        if short or compares or beside:
            yield "Ruleset", each.text


@rule(_CREATE, f"{_GUIDE}/dqdl.html#dqdl-dynamic-rules", also=_UPDATE, read="2026-11-30")
def dynamic_rules_are_of_jobs_alone(call: Call) -> Iterator[Broken]:
    """Dynamic rules, which compare with earlier results, are available in jobs of Glue only, and not for a table."""
    for each in _rules(call):
        conditions = [each.condition, *(condition for _, condition in each.tags)]
        if any(condition is not None and condition.dynamic for condition in conditions):
            yield "Ruleset", each.text


def _rules(call: Call) -> Sequence[QualityRule]:
    text = call.request.get("Ruleset")
    if not isinstance(text, str) or is_token(text):
        return ()
    try:
        found: Sequence[QualityRule | CompositeRule] = parse_ruleset(text)
    except QualitySyntaxError:
        return ()
    return [*single_rules(found)]
