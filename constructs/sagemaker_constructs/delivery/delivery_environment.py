"""Where a pipeline deploys to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, unique

_ALARMS = 5
"""The most rules of a condition: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_Condition.html"""


@dataclass(frozen=True)
class DeliveryEnvironment:
    """An environment, such as ``staging`` or ``prod``: an account, a region, and the stacks there.

    ``stacks`` are names or patterns, such as ``churn-prod-*``. They decide which templates and alarms may be read and
    which endpoints may be invoked.
    ``account`` and ``region`` default to those of the pipeline. In another account, ``role_arn`` is a role there that
    the pipeline's role and its builds may assume, to read templates, to invoke endpoints and to read alarms; the
    roles of the CDK's bootstrap, which deploy, are found by their names.
    ``assembly`` is the folder that ``cdk synth`` writes for it; it defaults to that of a ``Stage`` named like the
    environment.

    ``alarms`` are names of alarms that are watched for ``watch_minutes`` after each deployment (default 10); one that
    goes off takes the deployment back. At most 5: a composite alarm watches more. ``rolls_back`` says whether a stage
    that fails returns to what succeeded last.
    """

    name: str
    stacks: Sequence[str]
    account: str | None = None
    region: str | None = None
    role_arn: str | None = None
    assembly: str = ""
    alarms: Sequence[str] = ()
    watch_minutes: int = 10
    rolls_back: bool = True

    @property
    def folder(self) -> str:
        """The folder of its templates within what is built."""
        return self.assembly or f"cdk.out/assembly-{self.name}"

    def problems(self) -> Iterator[Problem | None]:
        """Names that AWS refuses, and what would grant too much."""
        yield matches("name", self.name, r"[A-Za-z0-9_-]{1,40}", "1 to 40 letters, digits, hyphens and underscores")
        if not self.stacks:
            yield Problem("stacks", "must name at least one stack, such as churn-prod-*, got: none")
        for index, each in enumerate(self.stacks):
            words = "a stack's name, such as churn-prod-*, that does not begin with a wildcard"
            yield matches(f"stacks[{index}]", each, r"[A-Za-z][A-Za-z0-9*-]{0,127}", words)
        if self.account is not None:
            yield matches("account", self.account, r"\d{12}", "an account's 12 digits")
        if self.role_arn is not None:
            yield matches("role_arn", self.role_arn, r"arn:[a-z-]+:iam::\d{12}:role/.+", "the ARN of a role")
        if self.assembly:
            yield matches("assembly", self.assembly, r"[A-Za-z0-9._][A-Za-z0-9._/-]*", "a relative path")
        yield no_more_than("alarms", self.alarms, _ALARMS)
        yield from unique({f"alarms[{index}]": each for index, each in enumerate(self.alarms)})
        yield in_range("watch_minutes", self.watch_minutes, 1, 1440)
