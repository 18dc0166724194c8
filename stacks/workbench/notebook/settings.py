"""What the notebook instance is told."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from stacks.configuration.fields.folders import ImageFolder, folder_problem
from stacks.configuration.fields.kit import api_enum, matching
from stacks.configuration.section import SettingsSection, Surroundings
from stacks.serving.common.fields import ScheduleExpression, TimeZone

NotebookInstanceType = Annotated[str, api_enum("InstanceType"), Field(title="notebook instance type")]
RepositoryUrl = Annotated[
    str, matching(r"^https://[^/@\s]+/[^@\s]*$", "an https address without a name or a password", most=1024)
]
MirrorUrl = Annotated[
    str, matching(r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%+-]*)?$", "an https address without a query")
]
SecretName = Annotated[str, matching(r"^[A-Za-z0-9/_+=.@-]{1,512}$", "the name of a secret of Secrets Manager")]


class OfficeHoursSettings(SettingsSection):
    """Stops the instance by the clock, whatever is done on it, and starts it."""

    stop: ScheduleExpression
    """When it is stopped."""
    start: ScheduleExpression | None = None
    """When it starts; left out, people start it themselves."""
    time_zone: TimeZone = "UTC"
    """Time zone of both."""

    def problems(self) -> Iterator[Problem | None]:
        """What does not start when it stops."""
        if self.start is not None and self.start == self.stop:
            yield Problem("start", f"must differ from stop, got twice: {self.start}")


class RepositorySettings(SettingsSection):
    """A Git repository that is cloned when the instance is made."""

    url: RepositoryUrl
    """Address of the repository."""
    secret: SecretName | None = None
    """Name of a secret with `username` and `password`; left out, the repository is public."""


class NotebookSettings(SettingsSection):
    """JupyterLab on an instance of its own, billed for each hour in service, beside the platform's data."""

    instance_type: NotebookInstanceType = "ml.t3.medium"
    """Instance type."""
    volume_gb: Annotated[int, Field(ge=5, le=16384)] = 20
    """Size of the home folder in GB. It is billed at all times."""
    idle_minutes: Annotated[int, Field(ge=5, le=10080)] | None = 60
    """Minutes without activity after which it stops; `null` leaves that to `office_hours` and to people."""
    office_hours: OfficeHoursSettings | None = None
    """Stops and starts it by the clock."""
    data: bool = True
    """Show the platform's bucket of data as a folder, to be read."""
    package_mirror: MirrorUrl | None = None
    """Where pip installs from; left out, the internet, where the network has it."""
    kernels: Annotated[tuple[ImageFolder, ...], Field(min_length=0, max_length=5)] = ()
    """Folders of images, each of which becomes a kernel with the packages of its lock."""
    repositories: Annotated[tuple[RepositorySettings, ...], Field(min_length=0, max_length=4)] = ()
    """Git repositories; JupyterLab opens in the first."""

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """Each image folder exists and holds a lock."""
        for index, folder in enumerate(self.kernels):
            yield folder_problem(f"kernels[{index}]", folder, around, holds="requirements.txt")
