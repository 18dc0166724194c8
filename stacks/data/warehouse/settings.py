"""What the warehouse is told."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.at_synth import request_problems
from stacks.configuration.fields.kit import matching
from stacks.configuration.section import SettingsSection
from stacks.training.pipeline.settings import Prefix

DatabaseName = Annotated[
    str, matching(r"^[a-z][a-z_0-9]{0,62}$", "1 to 63 lower-case letters, digits and underscores, a letter first")
]
Folders = Annotated[tuple[Prefix, ...], Field(min_length=0, max_length=20)]


class WarehouseSettings(SettingsSection):
    """A database of Redshift Serverless, billed while queries run and for what it stores."""

    base_capacity: Annotated[int, Field(ge=4, le=1024)] = 8
    """RPUs with which it begins: 4, or 8 and more in steps of 8."""
    max_capacity: Annotated[int, Field(ge=4, le=5_632)] = 32
    """RPUs to which it grows while there is much to do."""
    longest_query_minutes: Annotated[int, Field(ge=1, le=1439)] = 60
    """Minutes after which a query is ended."""
    longest_awake_minutes: Annotated[int, Field(ge=1, le=1440)] = 240
    """Minutes without a pause after which an alarm begins: it bills all the time."""
    enhanced_vpc_routing: bool = True
    """Reach S3 through the network, which takes three availability zones; without it, two."""
    database: DatabaseName = "warehouse"
    """Name of the database; a change of it has no effect."""
    copy_from: Folders = ("warehouse/in",)
    """Folders in the platform's bucket for data from which `COPY` loads."""
    unload_to: Folders = ("warehouse/out",)
    """Folders in the platform's bucket for data to which `UNLOAD` writes."""
    snapshot_days: Annotated[int, Field(ge=0, le=3653)] = 30
    """Days for which the last snapshot is kept, where `data.retain` is false; with 0, there is none."""

    def problems(self) -> Iterator[Problem | None]:
        """What Redshift would refuse."""
        request = {"baseCapacity": self.base_capacity, "maxCapacity": self.max_capacity}
        yield from request_problems("CreateWorkgroup", request)
