"""What a training job runs in place of its image's own program."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem


@dataclass(frozen=True)
class BoundProgram:
    """A program in its object in S3: the channel that brings it, and how it is started."""

    channel: Mapping[str, object]
    entry_point: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class TrainingProgram(ABC):
    """A program on the machine that synthesizes, which ``cdk deploy`` publishes as one object.

    The same files give the same object everywhere, so that caches of pipelines survive deployments.
    """

    channel: ClassVar[str]
    """The name of the channel that brings it."""

    @abstractmethod
    def problems(self) -> Iterator[Problem]:
        """What is not there, or cannot be run."""

    @abstractmethod
    def run_problems(
        self, arguments: Sequence[str], hyperparameters: Mapping[str, str], network_isolation: bool
    ) -> Iterator[Problem]:
        """What of its job it does not run with."""

    @abstractmethod
    def arguments(self, more: Sequence[str]) -> list[str]:
        """What its entry point is started with; ``more`` are those of the job."""

    @abstractmethod
    def bind(self, scope: Construct, grants: Grants, groups: Sequence[str]) -> BoundProgram:
        """Publish it for a job below ``scope``; ``grants`` gets the right to read it.

        ``groups`` are the instance groups of a job whose channels name them.
        """
