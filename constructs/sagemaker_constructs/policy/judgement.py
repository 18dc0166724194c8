"""Judging templates by all rules, and by what AWS refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.core.templates.assembly import StackTemplate, Template, stacks_of
from sagemaker_constructs.core.templates.intrinsics import worlds
from sagemaker_constructs.core.templates.landscape import Landscape, TemplateResource
from sagemaker_constructs.policy.policy_rule import PolicyRule, policy_rules
from sagemaker_constructs.policy.refusals import CONTROLS, refusals
from sagemaker_constructs.policy.requests import requests_of

PACK = "SageMaker"
"""What identifiers are led by where findings of several packs are accepted: ``SageMaker::SageMaker.5``."""


class Level(StrEnum):
    """How strictly an environment is judged."""

    DEV = "dev"
    """Findings are warnings, and what only production needs is not asked for."""

    PROD = "prod"
    """Findings are errors."""


@dataclass(frozen=True)
class PolicyFinding:
    """What a rule found: where, and what is there.

    ``severity`` is ``error`` or ``warning``. ``construct`` is the path of the construct. ``property_path`` is empty
    where the resource as a whole is meant. ``accepted`` is the reason with which it is, and empty for the others.
    """

    rule: str
    severity: str
    statement: str
    fix: str
    page: str
    stack: str
    logical_id: str
    type: str
    construct: str
    property_path: str
    got: str
    accepted: str = ""

    @property
    def message(self) -> str:
        """The statement with what is there instead."""
        return f"{self.statement.rstrip('.')}, got: {self.got}"


def judge(
    templates: Mapping[str, Template], level: Level = Level.PROD, *, opt_in: Collection[str] = ()
) -> tuple[PolicyFinding, ...]:
    """What is wrong in ``templates``, by the names of their stacks. Judged together, they may refer to each other.

    ``opt_in`` names rules that are not asked by default.

    Raises ``ValueError`` for a rule that is none.
    """
    chosen = [each for each in policy_rules() if _applies(each, level, opt_in)]
    found: dict[tuple[str, ...], PolicyFinding] = {}
    for judged in _worlds(templates):
        for finding in _findings(Landscape(judged), chosen, level):
            found.setdefault((finding.rule, finding.stack, finding.logical_id, finding.property_path), finding)
    return tuple(
        sorted(found.values(), key=lambda each: (each.stack, each.construct, each.rule, each.property_path, each.got))
    )


def judge_assembly(
    assembly: Path, level: Level = Level.PROD, *, opt_in: Collection[str] = ()
) -> tuple[PolicyFinding, ...]:
    """``judge`` of a folder that ``cdk synth`` has written, with what its constructs accept.

    Raises ``FileNotFoundError`` for a folder that is none.
    """
    stacks = {stack.name: stack for stack in stacks_of(assembly)}
    found = judge({name: stack.template for name, stack in stacks.items()}, level, opt_in=opt_in)
    return tuple(_accepted(each, stacks[each.stack]) for each in found)


def known_rules(*, opt_in: bool | None = None) -> tuple[str, ...]:
    """The identifiers of all rules, or of those that are, or are not, to be asked for."""
    names = {name for each in policy_rules() if opt_in in (None, each.opt_in) for name in each.ids.values()}
    return tuple(sorted(names))


def _applies(rule: PolicyRule, level: Level, opt_in: Collection[str]) -> bool:
    unknown = set(opt_in) - set(known_rules())
    if unknown:
        name = min(unknown)
        near = nearest_to(name, known_rules(), most=1)
        raise ValueError(f"no rule of the pack: {name}" + (f"; did you mean {near[0]}?" if near else ""))
    if rule.opt_in and not set(rule.ids.values()) & set(opt_in):
        return False
    return level is Level.PROD or not rule.production_only


def _worlds(templates: Mapping[str, Template]) -> Iterator[Mapping[str, Template]]:
    """All templates with their conditions, and without; one world where none has any."""
    settled = {name: tuple(worlds(template)) for name, template in templates.items()}
    yield {name: each[0] for name, each in settled.items()}
    if any(len(each) > 1 for each in settled.values()):
        yield {name: each[-1] for name, each in settled.items()}


def _findings(landscape: Landscape, rules: Collection[PolicyRule], level: Level) -> Iterator[PolicyFinding]:
    by_type: dict[str, list[PolicyRule]] = {}
    for rule in rules:
        for kind in rule.ids:
            by_type.setdefault(kind, []).append(rule)
    severity = "error" if level is Level.PROD else "warning"
    for subject in (each for one in landscape for each in (one, *requests_of(one))):
        for rule in by_type.get(subject.type, ()):
            name = rule.ids[subject.type]
            for path, got in rule.check(subject):
                yield _finding(subject, name, severity, (rule.statement, rule.fix, rule.page), path, got)
        for refused in refusals(subject):
            words = (refused.rule.statement, "Change it: the deployment would fail.", refused.rule.source)
            name = CONTROLS.get(refused.rule.id, refused.rule.id)
            yield _finding(subject, name, "error", words, refused.path, refused.received)


def _finding(
    subject: TemplateResource, rule: str, severity: str, words: tuple[str, str, str], path: str, got: object
) -> PolicyFinding:
    statement, fix, page = words
    accepted = subject.resource.get("Metadata", {}).get("sagemaker-policy", {}).get("accept", {})
    return PolicyFinding(
        rule=rule,
        severity=severity,
        statement=statement,
        fix=fix,
        page=page,
        stack=subject.stack,
        logical_id=subject.logical_id,
        type=str(subject.resource["Type"]),
        construct=subject.path,
        property_path=".".join(filter(None, (subject.within, path))),
        got=_shown(got),
        accepted=str(accepted.get(rule, "")),
    )


def _shown(got: object) -> str:
    return "none" if got is None else str(got).lower() if isinstance(got, bool) else str(got)


def _accepted(finding: PolicyFinding, stack: StackTemplate) -> PolicyFinding:
    """The finding with the reason of the closest construct above it that accepts it."""
    path = finding.construct
    while path and not finding.accepted:
        reason = stack.acknowledged.get(path, {}).get(f"{PACK}::{finding.rule}")
        if reason is not None:
            return PolicyFinding(**{**vars(finding), "accepted": reason or "accepted without a reason"})
        path = path.rpartition("/")[0]
    return finding
