"""What a fleet needs, beside what AWS allows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.fleet.report.assembly import FleetStack

_CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_SAGEMAKER = "https://docs.aws.amazon.com/general/latest/gr/sagemaker.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_ALARMS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"


@dataclass(frozen=True)
class Need:
    """How much of something a fleet needs.

    ``limit`` is what AWS allows: ``fixed``, or as a default that AWS raises when asked; None where each account has a
    figure of its own, under Service Quotas.
    """

    what: str
    needed: int
    limit: int | None
    fixed: bool
    page: str

    @property
    def is_too_much(self) -> bool:
        """Whether AWS would refuse it whatever is asked."""
        return self.fixed and self.limit is not None and self.needed > self.limit

    @property
    def has_to_be_asked(self) -> bool:
        """Whether it is more than a new account has."""
        return not self.fixed and (self.limit is None or self.needed > self.limit)


def template_needs(resources: int, size: int) -> Iterator[Need]:
    """What the fullest and the largest of templates need of CloudFormation, which raises neither."""
    yield Need("resources in the fullest stack", resources, 500, True, _CLOUDFORMATION)
    yield Need("bytes of the largest template", size, 1_048_576, True, _CLOUDFORMATION)


def needs_of(stacks: Sequence[FleetStack]) -> Iterator[Need]:
    """All needs of the fleets in ``stacks``; what else is in the account comes on top."""
    yield from template_needs(max(sum(each.resources.values()) for each in stacks), max(each.size for each in stacks))
    yield Need("stacks", len(stacks), 2_000, False, _CLOUDFORMATION)
    total = sum((Counter(each.resources) for each in stacks), Counter[str]())
    yield Need("IAM roles", total["AWS::IAM::Role"], 1_000, False, _IAM)
    yield Need("alarms", total["AWS::CloudWatch::Alarm"], 5_000, False, _ALARMS)
    yield Need("endpoints", total["AWS::SageMaker::Endpoint"], None, False, _SAGEMAKER)
    most, waves = Counter[str](), defaultdict[int, Counter[str]](Counter)
    for stack in stacks:
        for endpoint in stack.endpoints:
            most.update(endpoint.most)
            waves[stack.wave].update(endpoint.most)
    for kind, count in sorted(most.items()):
        # An update of an endpoint starts as many instances again before it stops the old ones.
        updated = count + max(wave[kind] for wave in waves.values())
        yield Need(f"{kind} for endpoint usage, while a wave is updated", updated, None, False, _SAGEMAKER)
