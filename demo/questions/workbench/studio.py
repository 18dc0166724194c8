"""Studio: a person makes a space and starts JupyterLab in it, within what the team has set."""

from typing import Any

from botocore.exceptions import ClientError

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure

_SPACE = "demo"


def work_in_studio(deployed: Deployment) -> Answered:
    """A space is made and started, one that is too large is refused, and nothing is left of either.

    The embedded AWS records an application; no JupyterLab runs there.
    """
    domain, sagemaker = deployed.outputs["StudioDomain"], deployed.client("sagemaker")
    person = sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"][0]["UserProfileName"]
    most = sagemaker.describe_domain(DomainId=domain)["DefaultUserSettings"]["SpaceStorageSettings"]
    size = most["DefaultEbsStorageSettings"]["MaximumEbsVolumeSizeInGb"]
    _leave(sagemaker, domain)
    if _made(sagemaker, domain, person, size + 1):
        raise DemoFailure(f"Studio made a space of {size + 1} GB, of which {size} are allowed.")
    if not _made(sagemaker, domain, person, size):
        raise DemoFailure(f"Studio refused a space of {size} GB.")
    app = {"DomainId": domain, "SpaceName": _SPACE, "AppType": "JupyterLab", "AppName": "default"}
    sagemaker.create_app(**app)
    deployed.wait_for("JupyterLab", lambda: sagemaker.describe_app(**app)["Status"] == "InService" or None)
    _leave(sagemaker, domain)
    return Answered(
        kind="Studio",
        endpoint=domain,
        asked=f"a space of {person} with JupyterLab",
        answered=f"JupyterLab on {size} GB started and stopped; {size + 1} GB refused",
    )


def _made(sagemaker: Any, domain: str, owner: str, size: int) -> bool:
    """Whether a space of this size could be made."""
    storage = {"EbsStorageSettings": {"EbsVolumeSizeInGb": size}}
    try:
        sagemaker.create_space(
            DomainId=domain,
            SpaceName=_SPACE,
            OwnershipSettings={"OwnerUserProfileName": owner},
            SpaceSharingSettings={"SharingType": "Private"},
            SpaceSettings={"AppType": "JupyterLab", "SpaceStorageSettings": storage},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        return False
    return True


def _leave(sagemaker: Any, domain: str) -> None:
    """Delete application and space, where this or a demo before has left any."""
    for app in sagemaker.list_apps(DomainIdEquals=domain, SpaceNameEquals=_SPACE)["Apps"]:
        sagemaker.delete_app(DomainId=domain, SpaceName=_SPACE, AppType=app["AppType"], AppName=app["AppName"])
    if sagemaker.list_spaces(DomainIdEquals=domain, SpaceNameContains=_SPACE)["Spaces"]:
        sagemaker.delete_space(DomainId=domain, SpaceName=_SPACE)


QUESTIONS = (Question("studio", "studio", work_in_studio, needs="StudioDomain"),)
