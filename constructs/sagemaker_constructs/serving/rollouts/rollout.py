"""How an endpoint moves from one configuration to the next."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from aws_cdk import Duration

from sagemaker_constructs.core.durations import milliseconds_of, minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, seconds_between
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.serving.rollouts.batch_size import BatchSize, exactly_one_size
from sagemaker_constructs.serving.scaling.instance_range import Fleet

_LEAST_BAKE_SECONDS = 180
"""What a rollback alarm takes to fire: two data points of a minute each, and the minute until they are there."""


class Rollout(ABC):
    """A way to update an endpoint: ``AllAtOnceRollout``, ``CanaryRollout``, ``LinearRollout``, ``RollingRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
    """

    bake: Duration

    @abstractmethod
    def problems(self, fleets: Sequence[Fleet]) -> Iterator[Problem | None]:
        """What AWS would refuse of this rollout for an endpoint with ``fleets``."""

    @abstractmethod
    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""


@dataclass(frozen=True)
class AllAtOnceRollout(Rollout):
    """A second fleet takes all traffic at once; the first waits for ``bake``, ready to take it back.

    ``bake``: 3 to 60 minutes, as a rollback alarm needs 3 to fire. ``termination_wait`` (a further wait before the
    first fleet goes): 0 to 60 minutes.
    ``maximum_execution``: 10 minutes to 8 hours, and longer than all waits together.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-all-at-once.html
    """

    bake: Duration = field(default_factory=lambda: minutes(5))
    termination_wait: Duration = field(default_factory=lambda: minutes(0))
    maximum_execution: Duration = field(default_factory=lambda: minutes(60))

    def problems(
        self,
        fleets: Sequence[Fleet],  # noqa: ARG002 - what all rollouts are asked
    ) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from _blue_green_problems(self.bake, 1, self.termination_wait, self.maximum_execution)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        return _blue_green({"type": "ALL_AT_ONCE"}, self.bake, self.termination_wait, self.maximum_execution)


_ARGUMENTS = {
    "DeploymentConfig": "",
    "BlueGreenUpdatePolicy": "",
    "RollingUpdatePolicy": "",
    "TrafficRoutingConfiguration": "",
    "CanarySize": "",
    "LinearStepSize": "",
    "MaximumBatchSize": "",
    "RollbackMaximumBatchSize": "rollback",
    "Value": "percent",
}
"""Arguments by the members of the request that are made of them."""


@dataclass(frozen=True)
class _ShiftedRollout(Rollout):
    """A second fleet takes the traffic in shares; subclasses say how large these may be, and how many there are."""

    kind: ClassVar[str]
    size_member: ClassVar[str]

    percent: int | None = None
    instances: int | None = None
    bake: Duration = field(default_factory=lambda: minutes(5))
    termination_wait: Duration = field(default_factory=lambda: minutes(0))
    maximum_execution: Duration = field(default_factory=lambda: minutes(60))

    def problems(self, fleets: Sequence[Fleet]) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield exactly_one_size(self.percent, self.instances)
        bakes = self._bakes(fleets)
        yield from _blue_green_problems(self.bake, bakes, self.termination_wait, self.maximum_execution)
        yield from _deployment_problems(self.properties(), fleets)
        yield _guardrails_excluded(fleets)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        routing: dict[str, object] = {"type": self.kind, self.size_member: self._size.properties()}
        return _blue_green(routing, self.bake, self.termination_wait, self.maximum_execution)

    @property
    def _size(self) -> BatchSize:
        return BatchSize(self.percent, self.instances)

    @abstractmethod
    def _bakes(self, fleets: Sequence[Fleet]) -> int: ...


@dataclass(frozen=True)
class CanaryRollout(_ShiftedRollout):
    """A second fleet takes a small share first, bakes, takes the rest, and bakes again.

    The share is either ``percent`` of the capacity (1 to 50) or ``instances`` (at most half of each variant's).
    Each variant needs a minimum of two instances.
    Waits and limits as for ``AllAtOnceRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
    """

    kind: ClassVar[str] = "CANARY"
    size_member: ClassVar[str] = "canarySize"

    def _bakes(self, fleets: Sequence[Fleet]) -> int:
        del fleets
        return 2


@dataclass(frozen=True)
class LinearRollout(_ShiftedRollout):
    """A second fleet takes the traffic in equal steps, and bakes after each.

    A step is either ``percent`` of the capacity (10 to 50) or ``instances`` (at most half of each variant's).
    Each variant needs a minimum of two instances.
    Waits and limits as for ``AllAtOnceRollout``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html
    """

    kind: ClassVar[str] = "LINEAR"
    size_member: ClassVar[str] = "linearStepSize"

    def _bakes(self, fleets: Sequence[Fleet]) -> int:
        return self._size.steps(fleets)


@dataclass(frozen=True)
class RollingRollout(Rollout):
    """Instances are replaced in batches, with a bake after each: needs no second fleet, for one variant only.

    A batch is either ``percent`` of the capacity (5 to 50) or ``instances`` (at most half of the variant's).
    Each variant needs a minimum of two instances.
    The way back takes batches of ``rollback_percent`` (5 to 100); default: the whole fleet at once.
    ``bake``: 3 to 60 minutes. ``maximum_execution``: 10 minutes to 8 hours, longer than all bakes together.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html
    """

    percent: int | None = None
    instances: int | None = None
    rollback_percent: int | None = None
    bake: Duration = field(default_factory=lambda: minutes(5))
    maximum_execution: Duration = field(default_factory=lambda: minutes(120))

    def problems(self, fleets: Sequence[Fleet]) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        size = BatchSize(self.percent, self.instances)
        yield exactly_one_size(self.percent, self.instances)
        yield from _waiting_problems(self.bake, size.steps(fleets), None, self.maximum_execution)
        yield from _deployment_problems(self.properties(), fleets)
        yield _guardrails_excluded(fleets)

    def properties(self) -> dict[str, object]:
        """The update policy of a ``DeploymentConfig``."""
        policy: dict[str, object] = {
            "maximumBatchSize": BatchSize(self.percent, self.instances).properties(),
            "waitIntervalInSeconds": seconds_of(self.bake),
            "maximumExecutionTimeoutInSeconds": seconds_of(self.maximum_execution),
        }
        if self.rollback_percent is not None:
            policy["rollbackMaximumBatchSize"] = BatchSize(self.rollback_percent, None).properties()
        return {"rollingUpdatePolicy": policy}


def _deployment_problems(deployment: Mapping[str, object], fleets: Sequence[Fleet]) -> Iterator[Problem]:
    """What CreateEndpoint would refuse while each fleet has its fewest instances."""
    variants = [{"VariantName": each.name, "InitialInstanceCount": each.instances.minimum} for each in fleets]
    properties = {"endpointName": "", "endpointConfigName": "", "deploymentConfig": deployment}
    yield from rule_problems(
        "CreateEndpoint",
        properties,
        names=_ARGUMENTS,
        known={"EndpointConfig": {"": {"ProductionVariants": variants}}},
    )


def _blue_green(
    routing: dict[str, object], bake: Duration, termination: Duration, execution: Duration
) -> dict[str, object]:
    return {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": {**routing, "waitIntervalInSeconds": seconds_of(bake)},
            "terminationWaitInSeconds": seconds_of(termination),
            "maximumExecutionTimeoutInSeconds": seconds_of(execution),
        }
    }


def _blue_green_problems(
    bake: Duration, bakes: int, termination: Duration, execution: Duration
) -> Iterator[Problem | None]:
    yield seconds_between("termination_wait", termination, 0, 3600)
    yield from _waiting_problems(bake, bakes, termination, execution)


def _waiting_problems(
    bake: Duration, bakes: int, termination: Duration | None, execution: Duration
) -> Iterator[Problem | None]:
    yield seconds_between("bake", bake, _LEAST_BAKE_SECONDS, 3600)
    yield seconds_between("maximum_execution", execution, 600, 28800)
    longest, each = milliseconds_of(execution), milliseconds_of(bake)
    last = milliseconds_of(termination) if termination else 0
    if longest is None or each is None or last is None:
        return
    total = bakes * each + last
    if longest <= total:
        yield Problem(
            "maximum_execution",
            f"must be longer than all waits together ({total / 1000:g} seconds), got: {longest / 1000:g} seconds",
        )


def marketplace_problem(rollout: Rollout, names: Sequence[str]) -> Problem | None:
    """Rule: variants of packages of the Marketplace, whose ``names`` these are, move all at once.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    """
    if not names or isinstance(rollout, AllAtOnceRollout):
        return None
    return Problem("", f"must be an AllAtOnceRollout for a package of the Marketplace, got: {', '.join(names)}")


def _guardrails_excluded(fleets: Sequence[Fleet]) -> Problem | None:
    """See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html."""
    for fleet in fleets:
        if not is_token(fleet.instance_type) and fleet.instance_type.startswith("ml.inf1."):
            return Problem("", f"must be an AllAtOnceRollout for Inferentia 1, got: {fleet.instance_type}")
    return None
