"""The CDK's feature flags: each is decided in cdk.json, so that the command line has nothing to remark."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk


def test_no_feature_flag_is_left_open(tmp_path: Path, context: dict[str, Any]) -> None:
    cdk.App(outdir=str(tmp_path), context=context).synth()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    [report] = [each for each in manifest["artifacts"].values() if each["type"] == "cdk:feature-flag-report"]
    flags = report["properties"]["flags"]
    assert len(flags) > 100
    # What the command line counts: not decided, and by default not what is recommended.
    assert [
        name
        for name, flag in flags.items()
        if "userValue" not in flag
        and flag.get("unconfiguredBehavesLike", {}).get("v2", False) != flag["recommendedValue"]
    ] == []
