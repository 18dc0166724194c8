"""Studio: domains, the people in them, their spaces and applications."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, Request, rule
from sagemaker_constructs.core.tokens import is_token

_IDLE = f"{API}/API_IdleSettings.html"
_VOLUMES = f"{API}/API_DefaultEbsStorageSettings.html"
_SPACE = ("SpaceSettings", "SpaceStorageSettings", "EbsStorageSettings", "EbsVolumeSizeInGb")
_DEFAULTS = ("SpaceStorageSettings", "DefaultEbsStorageSettings")
_APPS = {"JupyterLab": "JupyterLabAppSettings", "CodeEditor": "CodeEditorAppSettings"}
_SETTINGS = ("DefaultUserSettings", "DefaultSpaceSettings", "UserSettings")
_EVERY_SETTING = ("CreateDomain", ("UpdateDomain", "CreateUserProfile", "UpdateUserProfile"))


def _at(request: object, *path: str) -> Any:
    """What stands at ``path``; None where nothing does, or where a token hides it."""
    for name in path:
        request = cast("Mapping[str, object]", request).get(name) if isinstance(request, Mapping) else None
    return None if is_token(request) else request


def _number(request: object, *path: str) -> int | None:
    value = _at(request, *path)
    return value if isinstance(value, int) else None


def _around(call: Call) -> Iterator[Request]:
    """What a space is held to, the nearest first: its owner's settings where it is private, and the domain's."""
    domain = call.request.get("DomainId")
    made = call.find("Space", f"{domain}/{call.request.get('SpaceName')}") or call.request
    private = _at(made, "SpaceSharingSettings", "SharingType") != "Shared"
    owner = _at(made, "OwnershipSettings", "OwnerUserProfileName")
    if private and owner and (person := call.find("UserProfile", f"{domain}/{owner}")):
        yield _at(person, "UserSettings") or {}
    if found := call.find("Domain", str(domain)):
        yield _at(found, "DefaultUserSettings" if private else "DefaultSpaceSettings") or {}


def _limit(call: Call, *path: str) -> int | None:
    return next((found for each in _around(call) if (found := _number(each, *path)) is not None), None)


@rule(_EVERY_SETTING[0], _IDLE, read="2026-11-30", also=_EVERY_SETTING[1], confidence="inferred")
def idle_times_are_within_their_own_limits(call: Call) -> Iterator[Broken]:
    """IdleTimeoutInMinutes is between MinIdleTimeoutInMinutes and MaxIdleTimeoutInMinutes."""
    for place in _SETTINGS:
        for app in _APPS.values():
            path = (place, app, "AppLifecycleManagement", "IdleSettings")
            least, idle, most = (
                _number(call.request, *path, f"{kind}IdleTimeoutInMinutes") for kind in ("Min", "", "Max")
            )
            if idle is not None and not (least or idle) <= idle <= (most or idle):
                yield ".".join((*path, "IdleTimeoutInMinutes")), idle


@rule(_EVERY_SETTING[0], _VOLUMES, read="2026-11-30", also=_EVERY_SETTING[1], confidence="inferred")
def volumes_of_new_spaces_are_no_larger_than_allowed(call: Call) -> Iterator[Broken]:
    """DefaultEbsVolumeSizeInGb is at most MaximumEbsVolumeSizeInGb."""
    for place in _SETTINGS:
        path = (place, *_DEFAULTS)
        size, most = (_number(call.request, *path, f"{kind}EbsVolumeSizeInGb") for kind in ("Default", "Maximum"))
        if size is not None and most is not None and size > most:
            yield ".".join((*path, "DefaultEbsVolumeSizeInGb")), size


@rule("CreateUserProfile", f"{API}/API_CreateUserProfile.html", read="2026-11-30")
def people_sign_in_as_their_domain_says(call: Call) -> Iterator[Broken]:
    """A user profile names a user of IAM Identity Center if AuthMode of its domain is SSO, and otherwise none."""
    mode = _at(call.find("Domain", str(call.request.get("DomainId"))), "AuthMode")
    user = call.request.get("SingleSignOnUserValue")
    if mode and (mode == "SSO") != bool(user):
        yield "SingleSignOnUserValue", f"{user or 'none'} with AuthMode {mode}"


@rule(
    "CreateSpace",
    "https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/sagemaker_space.html.markdown",
    read="2026-11-30",
    confidence="reported",
    enforced=("emulator",),
)
def spaces_with_an_owner_say_with_whom_they_are_shared(call: Call) -> Iterator[Broken]:
    """A space has both OwnershipSettings and SpaceSharingSettings, or neither."""
    given = [name for name in ("OwnershipSettings", "SpaceSharingSettings") if call.request.get(name)]
    if len(given) == 1:
        yield given[0], f"{given[0]} alone"


@rule("CreateSpace", f"{GUIDE}/code-editor-admin-user-access.html", read="2026-11-30", confidence="inferred")
def spaces_of_code_editor_are_private(call: Call) -> Iterator[Broken]:
    """A shared space is one of JupyterLab: domains have no default settings for shared spaces of Code Editor."""
    shared = _at(call.request, "SpaceSharingSettings", "SharingType") == "Shared"
    if shared and _at(call.request, "SpaceSettings", "AppType") == "CodeEditor":
        yield "SpaceSettings.AppType", "CodeEditor"


@rule(
    "CreateSpace",
    f"{API}/API_DefaultSpaceSettings.html",
    read="2026-11-30",
    confidence="inferred",
    enforced=("emulator",),
)
def domains_with_shared_spaces_have_a_role_for_them(call: Call) -> Iterator[Broken]:
    """A shared space requires ExecutionRole in DefaultSpaceSettings of its domain."""
    domain = call.find("Domain", str(call.request.get("DomainId")))
    shared = _at(call.request, "SpaceSharingSettings", "SharingType") == "Shared"
    if shared and domain and not (domain.get("DefaultSpaceSettings") or cast(Request, {})).get("ExecutionRole"):
        yield "SpaceSharingSettings.SharingType", "Shared"


@rule("CreateSpace", _VOLUMES, read="2026-11-30", also=("UpdateSpace",))
def volumes_of_spaces_are_no_larger_than_allowed(call: Call) -> Iterator[Broken]:
    """EbsVolumeSizeInGb of a space is at most MaximumEbsVolumeSizeInGb of its owner or its domain."""
    size, most = _number(call.request, *_SPACE), _limit(call, *_DEFAULTS, "MaximumEbsVolumeSizeInGb")
    if size is not None and most is not None and size > most:
        yield ".".join(_SPACE), f"{size} of at most {most}"


@rule("CreateSpace", _IDLE, read="2026-11-30", also=("UpdateSpace",))
def idle_times_of_spaces_are_within_the_limits_of_their_domain(call: Call) -> Iterator[Broken]:
    """IdleTimeoutInMinutes of a space is within the minimum and the maximum of its owner or its domain."""
    for app in _APPS.values():
        idle = (app, "AppLifecycleManagement", "IdleSettings")
        path = ("SpaceSettings", *idle, "IdleTimeoutInMinutes")
        asked = _number(call.request, *path)
        if asked is None:
            continue
        least, most = (_limit(call, *idle, f"{kind}IdleTimeoutInMinutes") for kind in ("Min", "Max"))
        if not (least or asked) <= asked <= (most or asked):
            yield ".".join(path), f"{asked} beside {least} to {most}"


@rule("UpdateSpace", f"{API}/API_UpdateSpace.html", read="2026-11-30", enforced=("emulator",))
def spaces_keep_their_type_of_application(call: Call) -> Iterator[Broken]:
    """AppType of a space cannot be changed."""
    made = call.find("Space", f"{call.request.get('DomainId')}/{call.request.get('SpaceName')}")
    before, after = _at(made, "SpaceSettings", "AppType"), _at(call.request, "SpaceSettings", "AppType")
    if before and after and before != after:
        yield "SpaceSettings.AppType", f"{after} instead of {before}"


@rule(
    "UpdateSpace",
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html",
    read="2026-11-30",
    confidence="inferred",
    enforced=("emulator",),
)
def volumes_of_spaces_do_not_shrink(call: Call) -> Iterator[Broken]:
    """EbsVolumeSizeInGb of a space cannot be decreased, as no volume of Amazon EBS can be."""
    made = call.find("Space", f"{call.request.get('DomainId')}/{call.request.get('SpaceName')}")
    before, after = _number(made, *_SPACE), _number(call.request, *_SPACE)
    if before is not None and after is not None and after < before:
        yield ".".join(_SPACE), f"{after} after {before}"


@rule("CreateApp", f"{GUIDE}/sm-q.html", read="2026-11-30", enforced=("emulator",))
def applications_of_studio_classic_are_not_created(call: Call) -> Iterator[Broken]:
    """Applications of Studio Classic, JupyterServer and KernelGateway, can no longer be created."""
    if call.request.get("AppType") in ("JupyterServer", "KernelGateway"):
        yield "AppType", call.request["AppType"]


@rule("CreateApp", f"{API}/API_CreateApp.html", read="2026-11-30", enforced=("emulator",))
def applications_belong_to_a_space_or_a_person(call: Call) -> Iterator[Broken]:
    """An application requires SpaceName or UserProfileName; JupyterLab and CodeEditor run in spaces."""
    kind, space = call.request.get("AppType"), call.request.get("SpaceName")
    if not space and (kind in _APPS or not call.request.get("UserProfileName")):
        yield "SpaceName", "none"


@rule(
    "CreateApp",
    f"{GUIDE}/studio-updated-spaces.html",
    read="2026-11-30",
    confidence="inferred",
    enforced=("emulator",),
)
def applications_are_of_the_type_of_their_space(call: Call) -> Iterator[Broken]:
    """A space runs applications of its own AppType."""
    made = call.find("Space", f"{call.request.get('DomainId')}/{call.request.get('SpaceName')}")
    allowed, kind = _at(made, "SpaceSettings", "AppType"), call.request.get("AppType")
    if allowed and kind and not is_token(kind) and kind != allowed:
        yield "AppType", f"{kind} in a space of {allowed}"
