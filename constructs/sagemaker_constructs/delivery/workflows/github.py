"""The workflow for GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sagemaker_constructs.delivery.delivery_steps import REPORT
from sagemaker_constructs.delivery.workflows.way import Way

_HEAD = """\
# Written by: python -m sagemaker_constructs.delivery workflow. Copy to .github/workflows/delivery.yml. Roles: see
# sagemaker_constructs.delivery. Variables of the repository: AWS_REGION, PLAN_ROLE; of each environment: DEPLOY_ROLE.
# Reviewers of the environment "{production}" are the approval; without reviewers, continuous delivery is continuous
# deployment.
name: delivery
on:
  pull_request:
  push:
    branches: [main]

permissions: {{}}

concurrency:
  group: delivery-${{{{ github.ref }}}}
  cancel-in-progress: ${{{{ github.event_name == 'pull_request' }}}}

jobs:
"""
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_PYTHON = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
_NODE = "actions/setup-node@820762786026740c76f36085b0efc47a31fe5020 # v7.0.0"
_SIGN_ON = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"
_SESSION = 14_400


def github_workflow(way: Way) -> str:
    """The file, whose actions are pinned to commits.

    See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    lines: list[str] = []
    lines += _job("test", way, way.production, minutes=90, signs_on=False)
    lines += [line for step in way.tests() for line in _run(step)]
    lines += ["", *_job("report", way, way.production, needs="test", minutes=30)]
    lines += _sign_on("PLAN_ROLE")
    lines += [line for step in way.reviews() for line in _run(step)]
    lines += ["      - if: always()", f'        run: cat {REPORT} >> "$GITHUB_STEP_SUMMARY"']
    for environment in way.environments:
        lines += ["", *_job(environment, way, environment, needs=way.before(environment), minutes=240, deploys=True)]
        lines += _sign_on("DEPLOY_ROLE", _SESSION)
        *prepares, deploys = way.deploys()
        lines += [line for step in prepares for line in _run(step)]
        lines += _run(deploys, id="deploy")
        lines += [line for step in way.proves(environment) for line in _run(step)]
        lines += _takes_back(way)
    return _HEAD.format(production=way.production) + "\n".join(lines) + "\n"


def _takes_back(way: Way) -> Iterator[str]:
    """After a failure that a deployment came before: deploy the revision that the branch had before the push."""
    condition = "failure() && steps.deploy.conclusion != 'skipped'"
    yield f"      - if: {condition}"
    yield f"        uses: {_CHECKOUT}"
    yield "        with:"
    yield "          ref: ${{ github.event.before }}"
    yield "          persist-credentials: false"
    for step in way.deploys():
        yield from _run(step, condition=condition)


def _job(
    name: str,
    way: Way,
    environment: str,
    *,
    needs: str = "",
    minutes: int,
    signs_on: bool = True,
    deploys: bool = False,
) -> Iterator[str]:
    yield f"  {name}:"
    if deploys and needs == "report":
        yield "    if: github.event_name == 'push'"
    if needs:
        yield f"    needs: {needs}"
    yield "    runs-on: ubuntu-24.04"
    yield f"    timeout-minutes: {minutes}"
    if deploys:
        yield f"    environment: {environment}"
    yield "    permissions:"
    yield "      contents: read"
    if signs_on:
        yield "      id-token: write"
    yield "    env:"
    yield f"      ENVIRONMENT: {environment}"
    yield f"      ASSEMBLY: {way.assembly(environment)}"
    yield "    steps:"
    yield from (f"      - uses: {_CHECKOUT}", "        with:", "          persist-credentials: false")
    yield from (f"      - uses: {_PYTHON}", "        with:", f'          python-version: "{way.python}"')
    yield from (f"      - uses: {_NODE}", "        with:", f'          node-version: "{way.node}"')


def _sign_on(role: str, seconds: int | None = None) -> Iterator[str]:
    yield f"      - uses: {_SIGN_ON}"
    yield "        with:"
    yield f"          role-to-assume: ${{{{ vars.{role} }}}}"
    if seconds:
        yield f"          role-duration-seconds: {seconds}"
    yield "          aws-region: ${{ vars.AWS_REGION }}"


def _run(step: Sequence[str], *, id: str = "", condition: str = "") -> Iterator[str]:
    """A step of the workflow: one shell, which ends with the first command that fails."""
    members = [f"id: {id}"] if id else []
    members += [f"if: {condition}"] if condition else []
    members += [f"run: {step[0]}"] if len(step) == 1 and _is_plain(step[0]) else ["run: |"]
    first, *others = members
    yield f"      - {first}"
    yield from (f"        {each}" for each in others)
    if members[-1] == "run: |":
        yield from (f"          {command}" for command in step)


def _is_plain(command: str) -> bool:
    """Whether YAML takes the text of a command as it is."""
    return not command.startswith(tuple("\"'[{>|*&!%#`@-? ")) and ": " not in command and " #" not in command
