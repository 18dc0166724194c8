"""Promotes a challenger through the registry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.monitoring.reactions.reaction import Cause, Reaction
from sagemaker_constructs.registry.model_package_group import ModelPackageGroup


@dataclass(frozen=True)
class PromoteChallenger(Reaction):
    """Approves the model package of a challenger that a ``ChallengerComparison`` recommends, a version of ``group``.

    Whatever follows approvals deploys it, such as an ``ApprovedModel``. Without ``automatic`` a person approves: what
    was found, and where the report is, is written into the version's metadata, as ``challenger-comparison`` and
    ``challenger-report``. ``stage`` is the stage of the model's life cycle that is approved instead of the package.

    A version that somebody has rejected stays rejected. A challenger that is no version of the group is left alone.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-approve.html
    """

    group: ModelPackageGroup
    automatic: bool = False
    stage: str = ""
    on: Cause = field(default="promote", kw_only=True)
    kind: ClassVar[str] = "promote"

    def settings(self) -> Mapping[str, object]:
        """Group, stage and who approves."""
        stage = {"stage": self.stage} if self.stage else {}
        return {"versions": self.group.versions_arn.removesuffix("*"), "automatic": self.automatic, **stage}

    def grants(self, location: Location) -> Grants:
        """Changing versions of the group."""
        del location
        grants = Grants()
        verbs = ("sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage")
        grants.allow(*verbs, on=self.group.versions_arn, because="Versions are numbered when they are registered.")
        return grants
