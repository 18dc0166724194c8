"""What all steps of a pipeline have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict, cast

from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.pipelines.references.definition_part import written
from sagemaker_constructs.pipelines.steps.cache import Cache
from sagemaker_constructs.pipelines.steps.retry_policy import RetryPolicy


class StepOptions(TypedDict, total=False):
    """What every step may have: words for people, and steps that come before it."""

    description: str
    display_name: str
    depends_on: Sequence[Step | Dependency]


class JobStepOptions(StepOptions, total=False):
    """What steps that run something may have besides."""

    cache: Cache
    retries: Sequence[RetryPolicy]


class Step(ABC):
    """A step of a pipeline, called ``name``: up to 64 letters, digits, hyphens and underscores.

    Steps are plain objects: a ``Pipeline`` makes its definition and its role of them. A step that uses the result of
    another one runs after it; ``depends_on`` is for any other order.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str]

    def __init__(self, name: str, options: StepOptions | JobStepOptions) -> None:
        unknown = options.keys() - JobStepOptions.__optional_keys__
        if unknown:
            raise TypeError(f"{type(self).__name__} has no option {', '.join(sorted(unknown))}")
        self.name: str = name
        self._options: JobStepOptions = cast(JobStepOptions, options)

    @abstractmethod
    def arguments(self) -> Mapping[str, object]:
        """What its call is given, in which values may be expressions."""

    def more(self) -> Mapping[str, object]:
        """Further members of the step, beside its arguments."""
        return {}

    def bind(self, scope: Construct) -> None:  # noqa: B027 - most steps need nothing
        """Make what the step needs below the pipeline ``scope``; nothing, for most."""

    @property
    def role(self) -> ExecutionRoleBase | None:
        """What the step's job runs as, where this library has defined it."""
        return None

    @property
    def ready(self) -> Sequence[IDependable]:
        """What an execution of the step has to wait for."""
        return ()

    @property
    def inside(self) -> Sequence[Step]:
        """The steps of its branches, or of its body."""
        return ()

    def allow(self, grants: Grants) -> None:  # noqa: B027 - definitions show what most need
        """Add to ``grants`` what the pipeline's role needs that the step's definition does not show."""

    def grant_read_result(self, asked: str, grants: Grants) -> None:  # noqa: B027 - most results are no objects
        """Allow reading the objects that the value ``asked`` of its result points to."""

    def document(self) -> dict[str, object]:
        """The step, as the pipeline's definition writes it."""
        given = self._options
        waits = [each.document() for each in map(Dependency.of, given.get("depends_on", ()))]
        cache, retries = given.get("cache"), given.get("retries", ())
        optional = {
            "DisplayName": given.get("display_name"),
            "Description": given.get("description"),
            "DependsOn": waits,
            "CacheConfig": cache.document() if cache else None,
            "RetryPolicies": [each.document() for each in retries],
        }
        return {
            "Name": self.name,
            "Type": self.type,
            "Arguments": written(self.arguments()),
            **{name: value for name, value in optional.items() if value},
            **{name: written(value) for name, value in self.more().items()},
        }


@dataclass(frozen=True)
class Dependency:
    """``step`` comes before: once it has Completed, or has ended otherwise.

    An execution that went on after a failure ends as ``CompletedWithFailures``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
    """

    step: Step
    trigger: Literal["Completed", "Failed", "Stopped", "Any"] = "Completed"

    @staticmethod
    def of(given: Step | Dependency) -> Dependency:
        """``given``, where it is a step: once it has completed."""
        return Dependency(given) if isinstance(given, Step) else given

    def document(self) -> object:
        """Its entry in ``DependsOn``."""
        return self.step.name if self.trigger == "Completed" else {"Step": self.step.name, "Trigger": self.trigger}
