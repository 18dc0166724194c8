"""The command: ``python -m sagemaker_constructs.delivery workflow github --environments staging,prod``."""

from __future__ import annotations

import argparse
import sys

from sagemaker_constructs.delivery.continuous import Continuous
from sagemaker_constructs.delivery.delivery_steps import DeliverySteps
from sagemaker_constructs.delivery.workflows.github import github_workflow
from sagemaker_constructs.delivery.workflows.gitlab import gitlab_workflow
from sagemaker_constructs.delivery.workflows.way import Way

_KINDS = {"github": github_workflow, "gitlab": gitlab_workflow}


def add_workflow_arguments(parser: argparse.ArgumentParser) -> None:
    """Of the command."""
    parser.add_argument("kind", choices=sorted(_KINDS))
    parser.add_argument("--environments", default="staging,prod", help="the last is production (%(default)s)")
    parser.add_argument(
        "--continuous", choices=[each.value for each in Continuous], default="delivery", help="of GitLab's file"
    )
    parser.add_argument("--make", action="store_true", help="run targets of make, as this library's repository has")


def write_workflow(given: argparse.Namespace) -> int:
    """Print the file; returns 2 for environments that are none."""
    environments = [each.strip() for each in given.environments.split(",") if each.strip()]
    if not environments:
        print("error: --environments must name at least one", file=sys.stderr)
        return 2
    steps = DeliverySteps.of_make() if given.make else DeliverySteps()
    print(_KINDS[given.kind](Way(steps, environments, Continuous(given.continuous))), end="")
    return 0
