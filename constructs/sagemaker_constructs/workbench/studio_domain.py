"""Studio: JupyterLab and Code Editor for a team."""

from collections.abc import Sequence
from typing import Any, Literal

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.core.problems import in_range, matches, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import api_request, request_problems
from sagemaker_constructs.core.rules.catalogue import Request
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import grant_read_objects, key_arn
from sagemaker_constructs.storage.volume_encryption import grant_volumes
from sagemaker_constructs.workbench.studio_release import StudioRelease

SignIn = Literal["IAM", "SSO"]
_YEAR = 525_600 * 60
_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
_ARGUMENTS = dict.fromkeys(
    (
        *("DefaultUserSettings", "DefaultSpaceSettings", "JupyterLabAppSettings", "CodeEditorAppSettings"),
        *("AppLifecycleManagement", "IdleSettings", "SpaceStorageSettings", "DefaultEbsStorageSettings"),
    ),
    "",
) | {"IdleTimeoutInMinutes": "idle_for", "DefaultEbsVolumeSizeInGb": "volume_gb"}


class StudioDomain(BaseConstruct):
    """A domain of Studio inside a VPC, without a shared file system, whose applications stop when nobody uses them.

    ``vpc_id`` is the VPC of ``placement``, through whose subnets all traffic goes: without a way to the internet, it
    needs the interface endpoints ``SageMakerApi`` and ``SageMakerRuntime``, or no application starts. With
    ``internet``, traffic goes through SageMaker's own network, which has internet access, and not through this one.
    ``sign_in`` is ``IAM``, or ``SSO`` for IAM Identity Center. ``name`` defaults to one of the construct's path and
    the stack's identity. ``encryption_key`` encrypts the volumes of spaces, and defaults to the stack's own
    ``EncryptionKey``. ``role`` is that of applications, and defaults to a new one: grant it data by ``domain.role``.
    Applications may read the buckets ``readable``.

    SageMaker deletes a JupyterLab or Code Editor that was idle for ``idle_for``, 60 minutes to a year; the files stay
    on the space's volume. People may set up to ``idle_for_at_most``, and cannot switch it off. A new space has
    ``volume_gb``, and may have ``largest_volume_gb``. No home file system of EFS is made, so that none stays behind.
    Studio Classic, which no longer starts, has no settings here. SageMaker counts a JupyterLab with an open kernel or
    terminal as in use, and stops nothing whose image is older than SageMaker Distribution 2.0; ``StudioBackstop``
    does.

    ``removal_policy`` retains domain and role by default, with the volumes of all spaces. With ``DESTROY``, the
    deletion of the stack deletes **every application, space and user profile** of the domain, waits for each, and
    then deletes the domain.

    Provisions: one ``AWS::SageMaker::Domain``, an ``AWS::IAM::Role`` unless ``role`` is given and a policy; with
    ``DESTROY`` a custom resource, and once per stack its function.
    Raises ``InvalidInput`` for times and sizes out of range, and for names that SageMaker refuses.

    A domain and the profiles in it cost nothing: applications are billed while they run, volumes while they exist.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-idle-shutdown.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/studio-updated-and-internet-access.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        placement: VpcPlacement,
        sign_in: SignIn = "IAM",
        internet: bool = False,
        name: str | None = None,
        encryption_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
        readable: Sequence[s3.IBucket] = (),
        idle_for: Duration | None = None,
        idle_for_at_most: Duration | None = None,
        volume_gb: int = 10,
        largest_volume_gb: int = 100,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        idle, longest = idle_for or minutes(60), idle_for_at_most or minutes(240)
        application = {"appLifecycleManagement": {"idleSettings": _idle_settings(idle, longest)}}
        volumes = {"defaultEbsVolumeSizeInGb": volume_gb, "maximumEbsVolumeSizeInGb": largest_volume_gb}
        shared: dict[str, Any] = {
            "securityGroups": placement.security_group_ids,
            "spaceStorageSettings": {"defaultEbsStorageSettings": volumes},
            "jupyterLabAppSettings": application,
        }
        people: dict[str, Any] = {
            **shared,
            "autoMountHomeEfs": "Disabled",
            "codeEditorAppSettings": application,
            "defaultLandingUri": "studio::",
            "studioWebPortal": "ENABLED",
        }
        settings: dict[str, Any] = {"default_user_settings": people, "default_space_settings": shared}
        self.request: Request = api_request("CreateDomain", {"auth_mode": sign_in, **settings})
        """What decides about the people and spaces in it, as the API calls it."""
        reject(
            self,
            [
                matches("name", name, _NAME, "1 to 63 letters, digits and hyphens") if name is not None else None,
                seconds_between("idle_for", idle, 3600, _YEAR),
                seconds_between("idle_for_at_most", longest, 3600, _YEAR),
                in_range("volume_gb", volume_gb, 5, 16_384),
                in_range("largest_volume_gb", largest_volume_gb, 5, 16_384),
                # The same for people and for shared spaces: each problem once.
                *dict.fromkeys(request_problems("CreateDomain", self.request, _ARGUMENTS)),
            ],
        )
        key = encryption_key or EncryptionKey.of(self)
        grants = Grants()
        grant_volumes(key, grants)
        placement.grant_network_interfaces(self, grants)
        for bucket in readable:
            grant_read_objects(bucket, grants, "*")
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Works in the Studio applications of {self.path}",
            log_groups=["/aws/sagemaker/studio"],
            grants=grants,
        )
        self._execution_role.apply_removal_policy(removal_policy)
        for each in (people, shared):
            each["executionRole"] = self._execution_role.arn
        self._resource = sagemaker.CfnDomain(
            self,
            "Resource",
            domain_name=name or retained_name(self),
            auth_mode=sign_in,
            vpc_id=vpc_id,
            subnet_ids=placement.subnet_ids,
            app_network_access_type="PublicInternetOnly" if internet else "VpcOnly",
            home_efs_file_system_creation="Disabled",
            kms_key_id=key_arn(key),
            tag_propagation="ENABLED",
            **settings,
        )
        self._resource.apply_removal_policy(removal_policy)
        depend(self._resource, *self._execution_role.ready)
        self.domain_id: str = self._resource.ref
        self.sign_in: SignIn = sign_in
        self._let_people_work(removal_policy)
        if removal_policy == RemovalPolicy.DESTROY:
            StudioRelease(self, "Release", domain_id=self.domain_id)

    @property
    def role(self) -> iam.IRole:
        """The role of its applications, for grants of other constructs."""
        return self._execution_role.role

    def grant_open(self, role: iam.IRole, user: str) -> None:
        """Let ``role`` open Studio in a browser as ``user``, one of the domain's user profiles, and as no other."""
        grants = Grants()
        grants.allow("sagemaker:CreatePresignedDomainUrl", on=self._arn("user-profile", user.lower()))
        give(role, grants)

    def _arn(self, kind: str, below: str) -> str:
        return self.location.arn("sagemaker", kind, name=f"{self.domain_id}/{below}")

    def _let_people_work(self, removal_policy: RemovalPolicy) -> None:
        """What Studio itself calls with the role of whoever uses it, by a policy that is made after the domain."""
        grants = Grants()
        because = "Spaces and their applications are made at run time, by the people of this one domain."
        verbs = ("Create", "Delete", "Describe")
        actions = [f"sagemaker:{verb}{kind}" for kind in ("App", "Space") for verb in verbs]
        grants.allow(
            *actions,
            "sagemaker:UpdateSpace",
            on=[self._arn("app", "*"), self._arn("space", "*")],
            because=because,
        )
        grants.allow("sagemaker:DescribeDomain", on=self.location.arn("sagemaker", "domain", name=self.domain_id))
        grants.allow("sagemaker:DescribeUserProfile", on=self._arn("user-profile", "*"), because=because)
        grants.allow(
            "sagemaker:ListApps",
            "sagemaker:ListSpaces",
            on="*",
            because="Lists are not available for a single resource.",
        )
        for each in self._execution_role.allow(self, "InDomain", grants):
            if isinstance(each, iam.CfnPolicy):
                each.apply_removal_policy(removal_policy)


def _idle_settings(idle: Duration, longest: Duration) -> dict[str, object]:
    return {
        "lifecycleManagement": "ENABLED",
        "idleTimeoutInMinutes": seconds_of(idle) // 60,
        "minIdleTimeoutInMinutes": 60,
        "maxIdleTimeoutInMinutes": seconds_of(longest) // 60,
    }
