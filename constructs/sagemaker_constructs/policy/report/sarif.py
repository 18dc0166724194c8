"""Findings in SARIF, which GitHub, GitLab and editors show beside the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sagemaker_constructs.policy.judgement import PACK, PolicyFinding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Sequence[PolicyFinding], files: Mapping[str, str], version: str) -> Mapping[str, Any]:
    """The findings as a SARIF 2.1.0 log. ``files`` are the templates by the names of their stacks.

    What is accepted is there as suppressed, with its reason.
    """
    rules = {each.rule: each for each in findings}
    order = {name: index for index, name in enumerate(sorted(rules))}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": PACK,
                        "version": version,
                        "rules": [_rule(rules[name]) for name in order],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, order[each.rule], files) for each in findings],
            }
        ],
    }


def _rule(finding: PolicyFinding) -> Mapping[str, Any]:
    return {
        "id": finding.rule,
        "shortDescription": {"text": finding.statement},
        "help": {"text": finding.fix},
        "helpUri": finding.page,
        "defaultConfiguration": {"level": finding.severity},
    }


def _result(finding: PolicyFinding, index: int, files: Mapping[str, str]) -> Mapping[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{finding.message}. {finding.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": str(PurePosixPath(files.get(finding.stack, finding.stack)))},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "name": finding.logical_id,
                        "fullyQualifiedName": "/".join(filter(None, (finding.construct, finding.property_path))),
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {
            "place/v1": "/".join((finding.rule, finding.construct, finding.property_path)),
        },
    }
    if finding.accepted:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.accepted}]
    return result
