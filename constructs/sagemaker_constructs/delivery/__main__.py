"""The commands of a change on its way: ``smoke``, ``workflow`` and ``bootstrap``."""

import argparse
import sys
from collections.abc import Sequence

from sagemaker_constructs.delivery.bootstrap.command import add_bootstrap_arguments, write_bootstrap
from sagemaker_constructs.delivery.smoke.command import add_smoke_arguments, run_smoke_test
from sagemaker_constructs.delivery.workflows.command import add_workflow_arguments, write_workflow


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of them; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m sagemaker_constructs.delivery")
    commands = parser.add_subparsers(required=True)
    for name, takes, run, words in (
        ("smoke", add_smoke_arguments, run_smoke_test, "ask every endpoint of an environment a stated request"),
        ("bootstrap", add_bootstrap_arguments, write_bootstrap, "write a bootstrap for what templates take, no more"),
        ("workflow", add_workflow_arguments, write_workflow, "write the workflow for GitHub or GitLab"),
    ):
        one = commands.add_parser(name, help=words, description=words)
        takes(one)
        one.set_defaults(run=run)
    given = parser.parse_args(arguments)
    return given.run(given)


if __name__ == "__main__":
    sys.exit(main())
