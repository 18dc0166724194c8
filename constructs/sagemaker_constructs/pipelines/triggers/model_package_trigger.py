"""A start when a version in the registry changes its state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem, one_of
from sagemaker_constructs.pipelines.triggers.event_trigger import EventTriggerBase
from sagemaker_constructs.registry.model_package_group import ModelPackageGroup

_STATES = ("Approved", "Rejected", "PendingManualApproval")


@dataclass(frozen=True)
class ModelPackageTrigger(EventTriggerBase):
    """Starts a pipeline when a version of ``group`` (or of the group of that name) is ``approval``.

    ``EventText("{detail.ModelPackageArn}")`` is the version. Each version starts it once for the same approval and
    stage of its life cycle, as AWS may send several events of one change.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    group: ModelPackageGroup | str
    approval: str = "Approved"

    @property
    def identity(self) -> Sequence[str]:
        """The version and its state."""
        cycle = ("detail.ModelLifeCycle.Stage|", "detail.ModelLifeCycle.StageStatus|")
        return ("detail.ModelPackageArn", "detail.ModelApprovalStatus", *cycle)

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """Versions with this approval."""
        del location
        name = self.group if isinstance(self.group, str) else self.group.name
        return {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Model Package State Change"],
            "detail": {"ModelPackageGroupName": [name], "ModelApprovalStatus": [self.approval]},
        }

    def problems(self) -> Iterator[Problem | None]:
        """Rule: an approval that there is."""
        yield from super().problems()
        yield one_of("approval", self.approval, _STATES)
