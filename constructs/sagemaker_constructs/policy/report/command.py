"""The command: ``python -m sagemaker_constructs.policy cdk.out``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sagemaker_constructs.core.templates.assembly import stacks_of, templates_in
from sagemaker_constructs.policy.judgement import Level, PolicyFinding, judge, judge_assembly
from sagemaker_constructs.policy.policy_rule import policy_rules
from sagemaker_constructs.policy.report.sarif import sarif
from sagemaker_constructs.policy.report.table import findings_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 for errors found, 2 for what is wrong in files or arguments."""
    given = _parser().parse_args(arguments)
    if given.rules:
        print(_listed())
        return 0
    try:
        findings, files = _judged(given.judged, given.level, given.opt_in)
        text = _written(given.format, findings, files)
        if given.output:
            given.output.write_text(text + "\n", encoding="utf-8")
            print(findings_table(findings).splitlines()[-1])
        else:
            print(text)
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 1 if any(each.severity == "error" and not each.accepted for each in findings) else 0


def _judged(
    paths: Sequence[Path], level: Level, opt_in: Sequence[str]
) -> tuple[tuple[PolicyFinding, ...], Mapping[str, str]]:
    """The findings in assemblies, each with its own acceptances, or in single templates; and the files by stack."""
    folders = [path for path in paths if path.is_dir()]
    single = {path.name.partition(".")[0]: path for path in paths if not path.is_dir()}
    findings = [each for folder in folders for each in judge_assembly(folder, level, opt_in=opt_in)]
    files = {stack.name: stack.file.as_posix() for folder in folders for stack in stacks_of(folder)}
    if single:
        findings += judge(templates_in(single), level, opt_in=opt_in)
        files |= {name: path.as_posix() for name, path in single.items()}
    return tuple(findings), files


def _written(form: str, findings: Sequence[PolicyFinding], files: Mapping[str, str]) -> str:
    match form:
        case "json":
            return json.dumps([vars(each) for each in findings], indent=2)
        case "sarif":
            from sagemaker_constructs import __version__

            return json.dumps(sarif(findings, files, __version__), indent=2)
        case _:
            return findings_table(findings)


def _listed() -> str:
    lines: list[str] = []
    for rule in policy_rules():
        when = "on request" if rule.opt_in else "prod" if rule.production_only else "always"
        lines += [f"{name:45} {when:11} {rule.statement}" for name in sorted(set(rule.ids.values()))]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sagemaker_constructs.policy",
        description="Judges synthesized templates by AWS's recommendations for SageMaker, and by what AWS refuses.",
    )
    parser.add_argument(
        "judged",
        type=Path,
        nargs="*",
        default=[Path("cdk.out")],
        help="folders that cdk synth has written, or templates in JSON",
    )
    parser.add_argument("--level", type=Level, choices=[*Level], default=Level.PROD, help="prod: findings are errors")
    parser.add_argument("--format", choices=("table", "json", "sarif"), default="table")
    parser.add_argument("--output", type=Path, help="file to write to; the numbers are printed then")
    parser.add_argument(
        "--opt-in", action="append", default=[], metavar="RULE", help="ask for a rule that is not asked"
    )
    parser.add_argument("--rules", action="store_true", help="list the rules")
    return parser
