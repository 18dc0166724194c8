"""What Studio is told."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem, unique
from sagemaker_constructs.core.rules.at_synth import request_problems
from stacks.configuration.fields.kit import api_enum, matching
from stacks.configuration.section import SettingsSection

PersonName = Annotated[
    str,
    matching(
        r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", "1 to 63 letters, digits and hyphens, beginning with none of the last"
    ),
]
SpaceTitle = Annotated[str, matching(r"^.*\S.*$", "1 to 64 characters, of which one is no space", most=64)]
VpcId = Annotated[str, matching(r"^vpc-[0-9a-f]{8,17}$", "the ID of a VPC")]
StudioInstanceType = Annotated[str, api_enum("AppInstanceType"), Field(title="instance type of Studio")]
Minutes = Annotated[int, Field(ge=60, le=525_600)]
VolumeSize = Annotated[int, Field(ge=5, le=16_384)]

_HERE = "here"
_DOMAIN_NAMES = dict.fromkeys(
    (
        *("DefaultUserSettings", "JupyterLabAppSettings", "AppLifecycleManagement", "IdleSettings"),
        *("SpaceStorageSettings", "DefaultEbsStorageSettings"),
    ),
    "",
) | {"IdleTimeoutInMinutes": "idle_minutes", "DefaultEbsVolumeSizeInGb": "volume_gb"}
_SPACE_NAMES = dict.fromkeys(
    (
        *("SpaceSettings", "SpaceStorageSettings", "EbsStorageSettings"),
        *("JupyterLabAppSettings", "CodeEditorAppSettings", "AppLifecycleManagement", "IdleSettings"),
    ),
    "",
) | {"AppType": "application", "EbsVolumeSizeInGb": "volume_gb", "IdleTimeoutInMinutes": "idle_minutes"}


class PersonSettings(SettingsSection):
    """A person in Studio."""

    name: PersonName
    """Name of the user profile."""
    sso_user: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """User name in IAM Identity Center, with `sign_in: SSO` alone."""


class SpaceSettings(SettingsSection):
    """A space that is there before people make their own; billed for its volume at all times."""

    title: SpaceTitle
    """What people see."""
    owner: PersonName
    """Name of one of `people`. Another owner, `application` or `shared` is another space, with an empty volume."""
    application: Literal["JupyterLab", "CodeEditor"] = "JupyterLab"
    """What runs in it."""
    shared: bool = False
    """Open it to everybody in the domain; with `JupyterLab` alone."""
    instance_type: StudioInstanceType = "ml.t3.medium"
    """Instance type, unless people choose another one; billed while an application runs."""
    volume_gb: VolumeSize | None = None
    """Size of its volume in GB, which grows only; left out, that of the domain."""
    idle_minutes: Minutes | None = None
    """Minutes without use after which its application stops; left out, those of the domain."""

    def request(self) -> Mapping[str, Any]:
        """What is asked of SageMaker."""
        runs = {"AppLifecycleManagement": {"IdleSettings": {"IdleTimeoutInMinutes": self.idle_minutes}}}
        return {
            "DomainId": _HERE,
            "SpaceSharingSettings": {"SharingType": "Shared" if self.shared else "Private"},
            "SpaceSettings": {
                "AppType": self.application,
                f"{self.application}AppSettings": runs,
                "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": self.volume_gb}},
            },
        }


class StudioSettings(SettingsSection):
    """JupyterLab and Code Editor for a team, beside the platform's data; billed while applications run."""

    sign_in: Literal["IAM", "SSO"] = "IAM"
    """By roles of this account, or by IAM Identity Center. It never changes: another one makes another domain."""
    internet: bool = False
    """Use SageMaker's own network, with internet access, and not the platform's. Without it, an isolated network
    takes `SageMakerApi` and `SageMakerRuntime` in `network.services`, billed by the hour."""
    vpc_id: VpcId | None = None
    """The VPC of `network.subnet_ids`, with `network.mode: imported` alone."""
    people: Annotated[tuple[PersonSettings, ...], Field(min_length=0, max_length=60)] = ()
    """Who works in it."""
    spaces: Annotated[tuple[SpaceSettings, ...], Field(min_length=0, max_length=60)] = ()
    """Spaces that are there before people make their own."""
    data: bool = True
    """Let applications read the platform's bucket for data."""
    idle_minutes: Minutes = 60
    """Minutes without use after which an application stops."""
    idle_minutes_at_most: Minutes = 240
    """The most that people may set."""
    volume_gb: VolumeSize = 10
    """Size of a new space's volume in GB, billed as long as there is the space."""
    largest_volume_gb: VolumeSize = 100
    """The most that people may set."""
    longest_hours: Annotated[int, Field(ge=2, le=720)] | None = 24
    """Hours after which an application is deleted, used or not; `null` leaves that to `idle_minutes`, which passes
    over a JupyterLab in which a kernel or a terminal is open."""
    dry_run: bool = False
    """Count what `longest_hours` would delete, and delete nothing."""

    def problems(self) -> Iterator[Problem | None]:
        """What SageMaker refuses of domain, people and spaces."""
        domain = self._request()
        yield from request_problems("CreateDomain", domain, _DOMAIN_NAMES)
        yield from unique({f"people[{index}].name": each.name.lower() for index, each in enumerate(self.people)})
        known = {"Domain": {_HERE: domain}}
        for index, person in enumerate(self.people):
            request = {"DomainId": _HERE, "SingleSignOnUserValue": person.sso_user}
            names = {"SingleSignOnUserValue": f"people[{index}].sso_user"}
            yield from request_problems("CreateUserProfile", request, names, known)
        names = [person.name for person in self.people]
        for index, space in enumerate(self.spaces):
            if space.owner not in names:
                allowed = ", ".join(names) or "nobody is there"
                yield Problem(f"spaces[{index}].owner", f"must be one of people ({allowed}), got: {space.owner}")
            for problem in request_problems("CreateSpace", space.request(), _SPACE_NAMES, known):
                yield Problem(f"spaces[{index}].{problem.path}", problem.message)

    def _request(self) -> Mapping[str, Any]:
        idle = {
            "IdleTimeoutInMinutes": self.idle_minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": self.idle_minutes_at_most,
        }
        applications = {
            f"{name}AppSettings": {"AppLifecycleManagement": {"IdleSettings": idle}}
            for name in ("JupyterLab", "CodeEditor")
        }
        volumes = {"DefaultEbsVolumeSizeInGb": self.volume_gb, "MaximumEbsVolumeSizeInGb": self.largest_volume_gb}
        settings = {**applications, "SpaceStorageSettings": {"DefaultEbsStorageSettings": volumes}}
        return {"AuthMode": self.sign_in, "DefaultUserSettings": settings, "DefaultSpaceSettings": settings}
