"""The command: ``python -m sagemaker_constructs.delivery smoke cdk.out --requests smoke.json``."""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.delivery.smoke.smoke_test import SmokeResult, SmokeTest
from sagemaker_constructs.delivery.smoke.stated_requests import StatedRequests


def add_smoke_arguments(parser: argparse.ArgumentParser) -> None:
    """Of the command."""
    parser.add_argument("assembly", type=Path, help="folder that cdk synth has written, of one environment")
    parser.add_argument("--requests", type=Path, default=Path("smoke.json"), help="file of requests (%(default)s)")
    parser.add_argument("--watch-minutes", type=float, default=0, help="watch the stacks' alarms for so long, too")


def run_smoke_test(given: argparse.Namespace) -> int:
    """Run the smoke test; returns 1 for endpoints that fail, 2 for what is wrong in files or arguments."""
    try:
        test = SmokeTest(given.assembly, StatedRequests.read(given.requests), clients())
        failed = [each for each in map(_told, test.findings()) if not each.passed]
        if given.watch_minutes and not failed:
            failed = [each for each in map(_told, test.watch(given.watch_minutes)) if not each.passed]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if failed:
        print(f"{len(failed)} failed", file=sys.stderr)
    return 1 if failed else 0


def clients() -> Any:
    """Clients with the credentials and endpoints of the environment, one for each service and region."""
    import botocore.config
    import botocore.session

    session: Any = cast(Any, botocore.session).get_session()
    # An answer may take as long as SageMaker lets a container compute.
    config = cast(Any, botocore.config).Config(read_timeout=70, retries={"mode": "standard", "max_attempts": 3})

    @cache
    def client(service: str, region: str) -> Any:
        known = None if region in ("", "unknown-region") else region
        return session.create_client(service, region_name=known, config=config)

    return client


def _told(finding: SmokeResult) -> SmokeResult:
    mark = "✔" if finding.passed else "✘"
    print(f"{mark} {' '.join(filter(None, (finding.path, finding.name)))}: {finding.said}", flush=True)
    return finding
