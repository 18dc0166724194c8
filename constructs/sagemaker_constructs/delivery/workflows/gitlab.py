"""The pipeline for GitLab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sagemaker_constructs.delivery.continuous import Continuous
from sagemaker_constructs.delivery.delivery_steps import FINDINGS, REPORT
from sagemaker_constructs.delivery.workflows.way import Way

_HEAD = """\
# Written by: python -m sagemaker_constructs.delivery workflow. Copy to .gitlab-ci.yml. Roles: see
# sagemaker_constructs.delivery. Variables of the project: AWS_DEFAULT_REGION, PLAN_ROLE, and, protected, DEPLOY_ROLE
# of each environment. The manual job is the approval: --continuous deployment writes the file without it.
"""
_SIGN_ON = """\
default:
  image: nikolaik/python-nodejs:python{python}-nodejs{node}

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

.signed-on:
  id_tokens:
    AWS_TOKEN:
      aud: https://gitlab.com
  before_script:
    - umask 077; printf '%s' "$AWS_TOKEN" > "$CI_PROJECT_DIR.token"
    - export AWS_WEB_IDENTITY_TOKEN_FILE="$CI_PROJECT_DIR.token" AWS_ROLE_SESSION_NAME="gitlab-$CI_JOB_ID"
"""


def gitlab_workflow(way: Way) -> str:
    """The file.

    See https://docs.gitlab.com/ci/yaml/
    """
    stages = ["test", "report"]
    for environment in way.environments:
        stages += [environment, f"take-back-{environment}"]
    lines = [f"stages: [{', '.join(stages)}]", "", *_SIGN_ON.format(python=way.python, node=way.node).splitlines()]
    lines += ["", *_job("test", way, way.production, minutes="90 minutes", signs_on=False)]
    lines += ["  script:", *_script(way.tests())]
    lines += ["", *_job("report", way, way.production)]
    lines += ["  script:", *_script([['export AWS_ROLE_ARN="$PLAN_ROLE"'], *way.reviews()])]
    lines += ["  artifacts:", "    when: always", f"    paths: [{REPORT}, {FINDINGS}]"]
    become = ['export AWS_ROLE_ARN="$DEPLOY_ROLE"']
    for environment in way.environments:
        waits = environment == way.production and way.continuous is Continuous.DELIVERY
        lines += ["", *_job(environment, way, environment, minutes="4 hours", deploys=True)]
        lines += _rules("when: manual" if waits else "")
        lines += ["  script:", *_script([become, *way.deploys(), *way.proves(environment)])]
        back = f"take-back-{environment}"
        lines += ["", *_job(back, way, environment, minutes="4 hours", deploys=True)]
        lines += [f"  needs: [{environment}]", *_rules("when: on_failure")]
        before = 'git fetch --depth 1 origin "$CI_COMMIT_BEFORE_SHA" && git checkout --force FETCH_HEAD'
        lines += ["  script:", *_script([become, [before], *way.deploys()])]
    return _HEAD + "\n".join(lines) + "\n"


def _job(
    name: str, way: Way, environment: str, *, minutes: str = "", signs_on: bool = True, deploys: bool = False
) -> Iterator[str]:
    yield f"{name}:"
    if signs_on:
        yield "  extends: .signed-on"
    yield f"  stage: {name}"
    if minutes:
        yield f"  timeout: {minutes}"
    if deploys:
        yield f"  environment: {environment}"
        yield f"  resource_group: {environment}"
    yield "  variables:"
    yield f"    ENVIRONMENT: {environment}"
    yield f"    ASSEMBLY: {way.assembly(environment)}"


def _rules(when: str) -> Iterator[str]:
    yield "  rules:"
    yield "    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
    if when:
        yield f"      {when}"


def _script(steps: Sequence[Sequence[str]]) -> Iterator[str]:
    for command in (each for step in steps for each in step):
        yield f"    - {_scalar(command)}"


def _scalar(command: str) -> str:
    """The text of a command as YAML takes it."""
    if command.startswith(tuple("\"'[{>|*&!%#`@-? ")) or ": " in command or " #" in command:
        return "'" + command.replace("'", "''") + "'"
    return command
