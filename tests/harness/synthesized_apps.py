"""Apps outside this process, as the CDK command line runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.documents import PROJECT


def synthesize(app: Path, out: Path, *, folder: Path, **environment: str) -> Mapping[str, dict[str, Any]]:
    """Stack name → template, of ``app`` run in ``folder`` with the feature flags of cdk.json."""
    subprocess.run(
        [sys.executable, app],
        cwd=folder,
        check=True,
        timeout=900,
        env={
            **os.environ,
            "CDK_OUTDIR": str(out),
            "CDK_CONTEXT_JSON": json.dumps(json.loads((PROJECT / "cdk.json").read_text())["context"]),
            **environment,
        },
    )
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in out.glob("*.template.json")
    }


def types(templates: Mapping[str, dict[str, Any]]) -> list[str]:
    return [resource["Type"] for template in templates.values() for resource in template["Resources"].values()]
