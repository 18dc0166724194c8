"""How an endpoint moves from one configuration to the next."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from aws_cdk import Duration

from sagemaker_constructs.core.problems import is_token, seconds_between
from sagemaker_constructs.serving.rollouts.batch_size import BatchSize, exactly_one_size
from sagemaker_constructs.serving.variants.variant import Variant


class Rollout(ABC):
    """A way to update an endpoint: ``AllAtOnceRollout``, ``CanaryRollout``, ``LinearRollout``, ``RollingRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
    """

    @abstractmethod
    def problems(self, name: str, variants: Sequence[Variant]) -> Iterator[str | None]:
        """What AWS would refuse of this rollout for an endpoint with ``variants``."""

    @abstractmethod
    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""


@dataclass(frozen=True)
class AllAtOnceRollout(Rollout):
    """A second fleet takes all traffic at once; the first waits for ``bake``, ready to take it back.

    ``bake`` and ``termination_wait`` (a further wait before the first fleet goes): 0 to 60 minutes.
    ``maximum_execution``: 10 minutes to 8 hours, and longer than all waits together.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-all-at-once.html
    """

    bake: Duration = field(default_factory=lambda: Duration.minutes(5))
    termination_wait: Duration = field(default_factory=lambda: Duration.minutes(0))
    maximum_execution: Duration = field(default_factory=lambda: Duration.hours(1))

    def problems(
        self,
        name: str,
        variants: Sequence[Variant],  # noqa: ARG002 - what all rollouts are asked
    ) -> Iterator[str | None]:
        """What AWS would refuse."""
        yield from _blue_green_problems(name, self.bake, 1, self.termination_wait, self.maximum_execution)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        return _blue_green({"type": "ALL_AT_ONCE"}, self.bake, self.termination_wait, self.maximum_execution)


@dataclass(frozen=True)
class _ShiftedRollout(Rollout):
    """A second fleet takes the traffic in shares; subclasses say how large these may be, and how many there are."""

    kind: ClassVar[str]
    size_member: ClassVar[str]
    least_percent: ClassVar[int]

    percent: int | None = None
    instances: int | None = None
    bake: Duration = field(default_factory=lambda: Duration.minutes(5))
    termination_wait: Duration = field(default_factory=lambda: Duration.minutes(0))
    maximum_execution: Duration = field(default_factory=lambda: Duration.hours(1))

    def problems(self, name: str, variants: Sequence[Variant]) -> Iterator[str | None]:
        """What AWS would refuse."""
        yield exactly_one_size(name, self.percent, self.instances)
        yield from self._size.problems(name, variants, least_percent=self.least_percent)
        bakes = self._bakes(variants)
        yield from _blue_green_problems(name, self.bake, bakes, self.termination_wait, self.maximum_execution)
        yield _guardrails_excluded(name, variants)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        routing: dict[str, object] = {"type": self.kind, self.size_member: self._size.properties()}
        return _blue_green(routing, self.bake, self.termination_wait, self.maximum_execution)

    @property
    def _size(self) -> BatchSize:
        return BatchSize(self.percent, self.instances)

    @abstractmethod
    def _bakes(self, variants: Sequence[Variant]) -> int: ...


@dataclass(frozen=True)
class CanaryRollout(_ShiftedRollout):
    """A second fleet takes a small share first, bakes, takes the rest, and bakes again.

    The share is either ``percent`` of the capacity (1 to 50) or ``instances`` (at most half of each variant's).
    Waits and limits as for ``AllAtOnceRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
    """

    kind: ClassVar[str] = "CANARY"
    size_member: ClassVar[str] = "canarySize"
    least_percent: ClassVar[int] = 1

    def _bakes(self, variants: Sequence[Variant]) -> int:
        del variants
        return 2


@dataclass(frozen=True)
class LinearRollout(_ShiftedRollout):
    """A second fleet takes the traffic in equal steps, and bakes after each.

    A step is either ``percent`` of the capacity (10 to 50) or ``instances`` (at most half of each variant's).
    Waits and limits as for ``AllAtOnceRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html
    """

    kind: ClassVar[str] = "LINEAR"
    size_member: ClassVar[str] = "linearStepSize"
    least_percent: ClassVar[int] = 10

    def _bakes(self, variants: Sequence[Variant]) -> int:
        return self._size.steps(variants)


@dataclass(frozen=True)
class RollingRollout(Rollout):
    """Instances are replaced in batches, with a bake after each: needs no second fleet, for one variant only.

    A batch is either ``percent`` of the capacity (5 to 50) or ``instances`` (at most half of the variant's).
    The way back takes batches of ``rollback_percent`` (5 to 100); default: the whole fleet at once.
    ``bake``: 0 to 60 minutes. ``maximum_execution``: 10 minutes to 8 hours, longer than all bakes together.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
    """

    percent: int | None = None
    instances: int | None = None
    rollback_percent: int | None = None
    bake: Duration = field(default_factory=lambda: Duration.minutes(5))
    maximum_execution: Duration = field(default_factory=lambda: Duration.hours(2))

    def problems(self, name: str, variants: Sequence[Variant]) -> Iterator[str | None]:
        """What AWS would refuse."""
        size = BatchSize(self.percent, self.instances)
        yield exactly_one_size(name, self.percent, self.instances)
        yield from size.problems(name, variants, least_percent=5)
        if self.rollback_percent is not None:
            back = BatchSize(self.rollback_percent, None)
            yield from back.problems(f"{name}.rollback", variants, least_percent=5, most_percent=100)
        yield from _waiting_problems(name, self.bake, size.steps(variants), None, self.maximum_execution)
        if len(variants) > 1:
            yield f"{name}: a rolling update knows endpoints with one variant only, got: {len(variants)} variants"
        yield _guardrails_excluded(name, variants)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        policy: dict[str, object] = {
            "maximumBatchSize": BatchSize(self.percent, self.instances).properties(),
            "waitIntervalInSeconds": self.bake.to_seconds(),
            "maximumExecutionTimeoutInSeconds": self.maximum_execution.to_seconds(),
        }
        if self.rollback_percent is not None:
            policy["rollbackMaximumBatchSize"] = BatchSize(self.rollback_percent, None).properties()
        return {"rollingUpdatePolicy": policy}


def _blue_green(
    routing: dict[str, object], bake: Duration, termination: Duration, execution: Duration
) -> dict[str, object]:
    return {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": {**routing, "waitIntervalInSeconds": bake.to_seconds()},
            "terminationWaitInSeconds": termination.to_seconds(),
            "maximumExecutionTimeoutInSeconds": execution.to_seconds(),
        }
    }


def _blue_green_problems(
    name: str, bake: Duration, bakes: int, termination: Duration, execution: Duration
) -> Iterator[str | None]:
    yield seconds_between(f"{name}.termination_wait", termination, 0, 3600)
    yield from _waiting_problems(name, bake, bakes, termination, execution)


def _waiting_problems(
    name: str, bake: Duration, bakes: int, termination: Duration | None, execution: Duration
) -> Iterator[str | None]:
    yield seconds_between(f"{name}.bake", bake, 0, 3600)
    yield seconds_between(f"{name}.maximum_execution", execution, 600, 28800)
    waits = [execution, bake, *([termination] if termination else [])]
    if any(wait.is_unresolved() for wait in waits):
        return
    total = bakes * bake.to_milliseconds() + (termination.to_milliseconds() if termination else 0)
    if execution.to_milliseconds() <= total:
        yield (
            f"{name}.maximum_execution must be longer than all waits together ({total / 1000:g} seconds), "
            f"got: {execution.to_milliseconds() / 1000:g} seconds"
        )


def _guardrails_excluded(name: str, variants: Sequence[Variant]) -> str | None:
    """See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html."""
    for variant in variants:
        if not is_token(variant.instance_type) and variant.instance_type.startswith("ml.inf1."):
            return f"{name} must be an AllAtOnceRollout for Inferentia 1, got: {variant.instance_type}"
        if variant.model.of_marketplace:
            return f"{name} must be an AllAtOnceRollout for a package of the Marketplace, got: {variant.name}"
    return None
