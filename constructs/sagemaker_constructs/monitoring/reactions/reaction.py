"""Things that can be done about drift."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, get_args

from aws_cdk import Duration

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem, in_range, one_of, seconds_between
from sagemaker_constructs.registry.approved_model import ApprovedModel
from sagemaker_constructs.serving.endpoints.instance_endpoint import InstanceEndpoint

Cause = Literal["drifted", "worse", "biased", "severe", "promote", "keep"]
_DAY_SECONDS = 24 * 3600
_LONGEST_COOL_DOWN = 30 * _DAY_SECONDS


@dataclass(frozen=True, kw_only=True)
class Reaction(ABC):
    """Something that is done once about a window, and not again within ``cool_down`` (default: a day).

    ``on`` is the event that it is done about: ``drifted`` (anything confirmed), ``worse``, ``biased`` or ``severe``
    of a ``DriftMonitor``, ``promote`` or ``keep`` of a ``ChallengerComparison``.
    """

    on: Cause = "severe"
    cool_down: Duration | None = None
    kind: ClassVar[str]

    @abstractmethod
    def settings(self) -> Mapping[str, object]:
        """What the function is told."""

    @abstractmethod
    def grants(self, location: Location) -> Grants:
        """What the function may do."""

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it by itself."""
        yield one_of("on", self.on, get_args(Cause))
        if self.cool_down:
            yield seconds_between("cool_down", self.cool_down, 60, _LONGEST_COOL_DOWN)

    @property
    def cool_down_seconds(self) -> int:
        """How long it is not done again."""
        return seconds_of(self.cool_down) if self.cool_down else _DAY_SECONDS


@dataclass(frozen=True)
class ReturnToVersion(Reaction):
    """Rejects the version that ``approved`` has live, so that it returns to the one that was good last.

    It goes the way of a person who rejects it in the registry: the pointer moves, CloudFormation deploys the stacks
    with the version before, and the next deployment finds what it expects. A version that became live after the
    window had begun is left alone, and so is one that is not approved any more. Without another version that was
    live, everything stays as it is, and ``approved`` tells so.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html
    """

    approved: ApprovedModel
    kind: ClassVar[str] = "return"

    def settings(self) -> Mapping[str, object]:
        """Pointer and stage."""
        stage = {"stage": self.approved.stage} if self.approved.stage else {}
        return {"pointer": self.approved.parameter_name, **stage}

    def grants(self, location: Location) -> Grants:
        """Reading the pointer, and changing approvals of the group."""
        grants = Grants()
        grants.allow("ssm:GetParameter", on=location.arn("ssm", f"parameter{self.approved.parameter_name}"))
        grants.allow(
            "sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage", on=self.approved.group.versions_arn
        )
        return grants


@dataclass(frozen=True)
class ShiftTraffic(Reaction):
    """Gives the variant ``to`` of ``endpoint`` ``percent`` of the requests, and the others what is left.

    Weights that are changed so differ from those in the stack: they stay until a deployment changes the endpoint's
    configuration, which begins with its own weights again, unless it keeps the properties of variants. An endpoint
    that is being updated is waited for.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html
    """

    endpoint: InstanceEndpoint
    to: str
    percent: float = 100
    kind: ClassVar[str] = "shift"

    def settings(self) -> Mapping[str, object]:
        """Endpoint, variant and percent."""
        return {"endpoint": self.endpoint.endpoint_name, "to": self.to, "percent": self.percent}

    def grants(self, location: Location) -> Grants:
        """Changing weights."""
        del location
        grants = Grants()
        verbs = ("sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities")
        grants.allow(*verbs, on=self.endpoint.endpoint_arn)
        return grants

    def problems(self) -> Iterator[Problem | None]:
        """Rules: a variant that there is, and a share."""
        yield from super().problems()
        yield in_range("percent", self.percent, 0, 100)
        names = [each.name for each in self.endpoint.variants]
        yield one_of("to", self.to, names)
        if len(names) == 1:
            yield Problem("endpoint", f"must have another variant, got: {names[0]} alone")


class ReviewFlow(Protocol):
    """A ``HumanReviewFlow``, or what answers to the same."""

    @property
    def arn(self) -> str:
        """Of the flow definition."""
        ...

    def start_grants(self) -> Grants:
        """What it takes to start a loop."""
        ...


@dataclass(frozen=True)
class OpenReview(Reaction):
    """Asks people by ``flow``, a ``HumanReviewFlow``; its page gets the event as ``task.input.drift``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-start-human-loop.html
    """

    flow: ReviewFlow
    kind: ClassVar[str] = "review"

    def settings(self) -> Mapping[str, object]:
        """The flow."""
        return {"flow": self.flow.arn}

    def grants(self, location: Location) -> Grants:
        """Starting loops."""
        del location
        return self.flow.start_grants()
