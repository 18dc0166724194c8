"""Estimates what an environment costs in a month: ``python -m tools.cost ENVIRONMENT [arguments of estimate]``.

The configuration's section ``cost`` says what is expected of use, and the limit; arguments say otherwise.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sagemaker_constructs.cost.report.command import main as estimate
from stacks.settings import PROJECT, load_settings


def main(environment: str, arguments: Sequence[str]) -> int:
    """The exit status of the command: 1 over the limit."""
    settings = load_settings(PROJECT / "config" / f"{environment}.yaml")
    expected = {f"{settings.environment}/{pattern}": used for pattern, used in settings.cost.use.items()}
    with TemporaryDirectory() as folder:
        use = Path(folder) / "use.json"
        use.write_text(json.dumps(expected))
        ours = ["estimate", "cdk.out", "--title", f"What {settings.environment} costs in a month"]
        if "--use" not in arguments:
            ours += ["--use", str(use)]
        if "--limit" not in arguments and settings.cost.monthly_usd is not None:
            ours += ["--limit", str(settings.cost.monthly_usd)]
        return estimate([*ours, *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
