"""What is done to a change on its way, as commands of a shell: the same for every kind of pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import cast

from sagemaker_constructs.core.problems import Problem

REPORT = "plan.md"
"""The change report, in Markdown, whose bold line is its summary."""
FINDINGS = "policy.sarif"
"""What the policy pack finds."""
LIMITS = "refused,replacement-of-data"
"""What a change report fails on."""


def _runtimes() -> Mapping[str, str]:
    return {"python": "3.12", "nodejs": "22"}


@dataclass(frozen=True)
class DeliverySteps:
    """The commands of each step. ``DeliveryPipeline`` and the workflows for GitHub and GitLab run the same ones.

    Commands find the name of the environment that they are for in ``$ENVIRONMENT``, and the folder of its templates
    in ``$ASSEMBLY``. A command that fails ends the change's way. The defaults suit a CDK app in Python with a
    ``requirements.txt``, a ``package-lock.json`` with the CDK's command line, one ``Stage`` for each environment, and
    a file ``smoke.json`` with a request for each endpoint.

    ``report`` writes ``plan.md`` and ``security`` writes ``policy.sarif``. ``load`` is empty by default: a load test
    takes a bound that only you can state. ``runtimes`` are those of CodeBuild's image.

    See https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    """

    install: Sequence[str] = ("python -m pip install --quiet -r requirements.txt", "npm ci --no-fund --no-audit")
    test: Sequence[str] = ("python -m pytest",)
    synth: Sequence[str] = ("npx cdk synth --quiet",)
    report: Sequence[str] = (
        f'python -m sagemaker_constructs.plan "$ASSEMBLY" --format markdown --output {REPORT} --fail-on {LIMITS}',
    )
    security: Sequence[str] = (
        f'python -m sagemaker_constructs.policy "$ASSEMBLY" --level prod --format sarif --output {FINDINGS}',
    )
    deploy: Sequence[str] = ("npx cdk deploy --app \"$ASSEMBLY\" --require-approval never '**'",)
    smoke: Sequence[str] = ('python -m sagemaker_constructs.delivery smoke "$ASSEMBLY" --requests smoke.json',)
    load: Sequence[str] = ()
    runtimes: Mapping[str, str] = field(default_factory=_runtimes)

    @staticmethod
    def of_make() -> DeliverySteps:
        """The steps of a repository like the one of this library, whose commands are targets of ``make``."""
        return DeliverySteps(
            install=(),
            test=("make test",),
            synth=('make synth ENV="$ENVIRONMENT"',),
            report=(
                f'make plan ENV="$ENVIRONMENT" FORMAT=markdown OUTPUT={REPORT} FAIL_ON={LIMITS}',
                'make cost ENV="$ENVIRONMENT"',
            ),
            security=(f'make policy ENV="$ENVIRONMENT" LEVEL=prod FORMAT=sarif OUTPUT={FINDINGS}',),
            deploy=('make deploy ENV="$ENVIRONMENT" YES=1',),
            smoke=('make smoke ENV="$ENVIRONMENT"',),
            load=('make load-test ENV="$ENVIRONMENT"',),
        )

    def problems(self) -> Iterator[Problem]:
        """Steps without a command, but for those that may have none."""
        for each in fields(self):
            if each.name in ("install", "load", "runtimes"):
                continue
            if not cast(Sequence[str], getattr(self, each.name)):
                yield Problem(each.name, "must have at least one command, got: none")
