"""Requests of Studio that break a rule."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Stack

from harness.rules.case import Request, RuleCase
from sagemaker_constructs.network.imported_network import ImportedNetwork
from sagemaker_constructs.workbench.studio_domain import StudioDomain
from sagemaker_constructs.workbench.studio_space import StudioSpace
from sagemaker_constructs.workbench.studio_user import StudioUser

_SHOWN = "tests/emulator/sagemaker/test_studio.py::test_what_depends_on_a_domain_is_refused_as_the_catalogue_says"
_DOMAIN = "d-judged"
_IDLE = {"LifecycleManagement": "ENABLED", "MinIdleTimeoutInMinutes": 60, "MaxIdleTimeoutInMinutes": 240}


def _idle(settings: object) -> Request:
    return {"JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": settings}}}


def _volumes(default: int) -> Request:
    sizes = {"DefaultEbsVolumeSizeInGb": default, "MaximumEbsVolumeSizeInGb": 100}
    return {"SpaceStorageSettings": {"DefaultEbsStorageSettings": sizes}}


KNOWN: Mapping[tuple[str, str], Request] = {
    ("Domain", _DOMAIN): {
        "AuthMode": "IAM",
        "DefaultUserSettings": {**_idle(_IDLE), **_volumes(10)},
        "DefaultSpaceSettings": {**_idle(_IDLE), **_volumes(10)},
    },
    ("UserProfile", f"{_DOMAIN}/ann"): {"UserSettings": _volumes(10)},
    ("Space", f"{_DOMAIN}/churn"): {
        "SpaceSettings": {
            "AppType": "JupyterLab",
            "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 50}},
        }
    },
}
"""What the requests refer to: in the embedded AWS, a domain's identifier is not known before it is made."""


def _domain(**settings: object) -> Request:
    given = {"ExecutionRole": "arn:aws:iam::123456789012:role/execution", **settings}
    named = {"DomainName": "judged", "AuthMode": "IAM", "VpcId": "vpc-0a1b2c3d", "SubnetIds": ["subnet-0a1b2c3d"]}
    return {**named, "DefaultUserSettings": given}


def _space(kind: str = "JupyterLab", sharing: str = "Private", **settings: object) -> Request:
    return {
        "DomainId": _DOMAIN,
        "SpaceName": "judged",
        "OwnershipSettings": {"OwnerUserProfileName": "ann"},
        "SpaceSharingSettings": {"SharingType": sharing},
        "SpaceSettings": {"AppType": kind, **settings},
    }


def _changed(**settings: object) -> Request:
    return {"DomainId": _DOMAIN, "SpaceName": "churn", "SpaceSettings": settings}


def _size(gb: int) -> Request:
    return {"SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": gb}}}


def _app(kind: str, **names: str) -> Request:
    return {"DomainId": _DOMAIN, "AppType": kind, "AppName": "default", **names}


def _studio(stack: Stack, **given: Any) -> StudioDomain:
    network = ImportedNetwork(
        stack,
        "JudgedNetwork",
        subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"],
        security_group_ids=["sg-0a1b2c3d"],
    )
    return StudioDomain(stack, "Studio", vpc_id="vpc-0a1b2c3d", placement=network.placement, **given)


def _user(stack: Stack, **given: Any) -> StudioUser:
    return StudioUser(stack, "Ann", domain=_studio(stack), name="ann", **given)


def _made(stack: Stack, **given: Any) -> None:
    StudioSpace(stack, "Space", owner=_user(stack), title="Judged", **given)


CASES = {
    "idle-times-are-within-their-own-limits": RuleCase(
        refused=_domain(**_idle({**_IDLE, "IdleTimeoutInMinutes": 300})),
        taken=_domain(**_idle({**_IDLE, "IdleTimeoutInMinutes": 240})),
        synth=lambda stack: _studio(stack, idle_for=Duration.minutes(300)),
    ),
    "volumes-of-new-spaces-are-no-larger-than-allowed": RuleCase(
        refused=_domain(**_volumes(101)),
        taken=_domain(**_volumes(100)),
        synth=lambda stack: _studio(stack, volume_gb=101),
    ),
    "people-sign-in-as-their-domain-says": RuleCase(
        refused={"DomainId": _DOMAIN, "UserProfileName": "ann", "SingleSignOnUserValue": "ann@example.com"},
        taken={"DomainId": _DOMAIN, "UserProfileName": "ann"},
        synth=lambda stack: _user(stack, sso_user="ann@example.com"),
        elsewhere=_SHOWN,
    ),
    "spaces-with-an-owner-say-with-whom-they-are-shared": RuleCase(
        refused={"DomainId": _DOMAIN, "SpaceName": "judged", "OwnershipSettings": {"OwnerUserProfileName": "ann"}},
        taken=_space(),
    ),
    "spaces-of-code-editor-are-private": RuleCase(
        refused=_space("CodeEditor", "Shared"),
        taken={**_space("JupyterLab", "Shared"), "DomainId": "d-of-others"},
        synth=lambda stack: _made(stack, application="CodeEditor", shared=True),
    ),
    "domains-with-shared-spaces-have-a-role-for-them": RuleCase(
        refused=_space(sharing="Shared"),
        taken=_space(),
        elsewhere=_SHOWN,
    ),
    "volumes-of-spaces-are-no-larger-than-allowed": RuleCase(
        refused=_space(**_size(101)),
        taken=_space(**_size(100)),
        synth=lambda stack: _made(stack, volume_gb=101),
        elsewhere=_SHOWN,
    ),
    "idle-times-of-spaces-are-within-the-limits-of-their-domain": RuleCase(
        refused=_space(**_idle({"IdleTimeoutInMinutes": 300})),
        taken=_space(**_idle({"IdleTimeoutInMinutes": 240})),
        synth=lambda stack: _made(stack, idle_for=Duration.minutes(300)),
        elsewhere=_SHOWN,
    ),
    "spaces-keep-their-type-of-application": RuleCase(
        refused=_changed(AppType="CodeEditor"),
        taken=_changed(AppType="JupyterLab"),
        elsewhere=_SHOWN,
    ),
    "volumes-of-spaces-do-not-shrink": RuleCase(
        refused=_changed(**_size(49)),
        taken=_changed(**_size(50)),
        elsewhere=_SHOWN,
    ),
    "applications-of-studio-classic-are-not-created": RuleCase(
        refused=_app("JupyterServer", UserProfileName="ann"),
        taken=_app("Canvas", UserProfileName="ann"),
    ),
    "applications-belong-to-a-space-or-a-person": RuleCase(
        refused=_app("JupyterLab", UserProfileName="ann"),
        taken=_app("JupyterLab", SpaceName="churn"),
    ),
    "applications-are-of-the-type-of-their-space": RuleCase(
        refused=_app("CodeEditor", SpaceName="churn"),
        taken=_app("JupyterLab", SpaceName="churn"),
        elsewhere=_SHOWN,
    ),
}
