"""The rules as a plug-in of the CDK's validation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
import jsii

from sagemaker_constructs.core.problems import InvalidInput, one_of
from sagemaker_constructs.core.templates.assembly import templates_in
from sagemaker_constructs.policy.judgement import PACK, Level, PolicyFinding, judge, known_rules


@jsii.implements(cdk.IPolicyValidationPlugin)
class SageMakerChecks:
    """Judges an app's templates when it is synthesized: errors end the synthesis, warnings are shown.

    ``level`` is ``prod`` or ``dev``: what is an error in production is a warning elsewhere, and what only production
    needs, such as two instances, is not asked for there. What AWS would refuse is an error everywhere.
    ``opt_in`` names rules that are not asked by default, such as ``SageMaker.16``.

    A finding is accepted where it is, with its reason, for a construct and everything below it::

        Validations.of(model).acknowledge(Acknowledgment(id="SageMaker::SageMaker.5", reason="Asks for a licence."))

    Raises ``InvalidInput`` for another level, and for a rule that is none.

    See https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
    """

    def __init__(self, *, level: str = Level.PROD, opt_in: Sequence[str] = ()) -> None:
        asked = [one_of(f"opt_in[{index}]", each, known_rules()) for index, each in enumerate(opt_in)]
        problems = [each for each in (one_of("level", level, Level), *asked) if each]
        if problems:
            raise InvalidInput(type(self).__name__, problems)
        self._level = Level(level)
        self._opt_in = tuple(opt_in)

    @property
    def name(self) -> str:
        """What the report calls the pack, and what identifiers of its rules are led by."""
        return PACK

    @property
    def version(self) -> str | None:
        """The library's version."""
        from sagemaker_constructs import __version__

        return __version__

    @property
    def rule_ids(self) -> list[str] | None:
        """The rules of the pack."""
        return list(known_rules())

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Judge all templates of the app together."""
        files = {stack.stack_construct_path: Path(stack.template_path) for stack in context.stack_templates}
        judged = judge(templates_in(files), self._level, opt_in=self._opt_in)
        found = [each for each in judged if not each.accepted]
        return cdk.PolicyValidationPluginReport(
            success=not any(each.severity == "error" for each in found),
            violations=[_violation(each, files) for each in _grouped(found)],
        )


def _grouped(findings: Sequence[PolicyFinding]) -> Sequence[Sequence[PolicyFinding]]:
    """The findings of each rule on each resource: their messages differ by what is there."""
    found = defaultdict[tuple[str, str, str], list[PolicyFinding]](list)
    for each in findings:
        found[each.rule, each.stack, each.logical_id].append(each)
    return tuple(found.values())


def _violation(findings: Sequence[PolicyFinding], files: Mapping[str, Path]) -> cdk.PolicyViolation:
    first = findings[0]
    parent = (
        first.stack if first.stack in files else next(each for each in files if first.stack.startswith(f"{each}/"))
    )
    received = list(dict.fromkeys(each.got for each in findings))
    return cdk.PolicyViolation(
        rule_name=first.rule,
        description=f"{first.statement.rstrip('.')}, got: {'; '.join(received)}",
        fix=f"{first.fix} See {first.page}",
        severity=first.severity,
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=first.logical_id,
                template_path=str(files[parent]),
                locations=[".".join(filter(None, ("Properties", each.property_path))) for each in findings],
            )
        ],
    )
