"""A place in Studio where one application runs, with its files."""

from typing import Any, Literal

from aws_cdk import Duration, Fn, RemovalPolicy
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.names import physical_name, short_hash, stack_identity
from sagemaker_constructs.core.problems import in_range, matches, one_of, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.workbench.studio_user import StudioUser

StudioApplication = Literal["JupyterLab", "CodeEditor"]
_LONGEST_NAME = 63
_ARGUMENTS = {
    **dict.fromkeys(
        (
            *("SpaceSettings", "SpaceStorageSettings", "EbsStorageSettings"),
            *("JupyterLabAppSettings", "CodeEditorAppSettings", "AppLifecycleManagement", "IdleSettings"),
        ),
        "",
    ),
    "AppType": "application",
    "EbsVolumeSizeInGb": "volume_gb",
    "IdleTimeoutInMinutes": "idle_for",
}


class StudioSpace(BaseConstruct):
    """A space of Studio that belongs to ``owner``: one application at a time, on a volume of its own.

    People make spaces themselves; this is one that is there before them. ``title`` is what they see. ``application``
    is what runs in it. A ``shared`` space is open to everybody in the domain, with the domain's role for all of them;
    it runs JupyterLab. ``instance_type`` is what an application starts on, unless people choose another.
    ``volume_gb``, 5 to 16,384, defaults to the domain's, may grow up to the domain's ``largest_volume_gb``, and never
    shrinks. ``idle_for`` defaults to the domain's, and lies within its limits.

    Another owner or application, or sharing, makes another space with an empty volume. SageMaker's name of the space
    tells them apart. The space before is retained with its files, and when the stack goes, unless ``removal_policy``
    says otherwise; SageMaker deletes none in which an application still runs. An instance is billed while an
    application runs, the volume as long as there is the space.

    Provisions: one ``AWS::SageMaker::Space``.
    Raises ``InvalidInput`` for titles, instance types, sizes and times that SageMaker refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateSpace.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-spaces.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        owner: StudioUser,
        title: str,
        application: StudioApplication = "JupyterLab",
        shared: bool = False,
        instance_type: str = "ml.t3.medium",
        volume_gb: int | None = None,
        idle_for: Duration | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        runs: dict[str, Any] = {"defaultResourceSpec": {"instanceType": instance_type}}
        if idle_for is not None:
            idle = {"idleTimeoutInMinutes": seconds_of(idle_for) // 60}
            runs["appLifecycleManagement"] = {"idleSettings": idle}
        settings: dict[str, Any] = {
            "appType": application,
            f"{application[0].lower()}{application[1:]}AppSettings": runs,
        }
        if volume_gb is not None:
            settings["spaceStorageSettings"] = {"ebsStorageSettings": {"ebsVolumeSizeInGb": volume_gb}}
        sharing = "Shared" if shared else "Private"
        properties: dict[str, Any] = {
            "domain_id": owner.domain.domain_id,
            "space_display_name": title,
            "ownership_settings": {"ownerUserProfileName": owner.name},
            "space_sharing_settings": {"sharingType": sharing},
            "space_settings": settings,
        }
        reject(
            self,
            [
                matches("title", title, r"(?!\s*$).{1,64}", "1 to 64 characters, of which one is no space"),
                one_of("instance_type", instance_type, [each for each in _instances() if each != "system"]),
                in_range("volume_gb", volume_gb, 5, 16_384) if volume_gb is not None else None,
                seconds_between("idle_for", idle_for, 3600, 525_600 * 60) if idle_for is not None else None,
                *rule_problems(
                    "CreateSpace",
                    properties,
                    names=_ARGUMENTS,
                    known={"Domain": {owner.domain.domain_id: owner.domain.request}},
                ),
            ],
        )
        # What cannot change in place is part of the name: the other space must not meet the one before.
        fixed = short_hash("/".join((owner.name.lower(), sharing, application)))
        room = _LONGEST_NAME - len(fixed) - len("-") * 2 - 8
        self._resource = sagemaker.CfnSpace(
            self,
            "Resource",
            space_name=Fn.join("-", [physical_name(self, room), fixed, stack_identity()]),
            **properties,
        )
        self._resource.apply_removal_policy(removal_policy)
        # The owner is named, and not referred to.
        depend(self._resource, owner.resource)

    @property
    def name(self) -> str:
        """SageMaker's name of the space, which other calls take."""
        return self._resource.space_name


def _instances() -> tuple[str, ...]:
    return enum_values("AppInstanceType")
