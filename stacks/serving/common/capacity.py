"""How many of something run, and how long one may take to start."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.serving.scaling.copy_range import CopyRange
from sagemaker_constructs.serving.scaling.instance_range import InstanceRange
from sagemaker_constructs.serving.variants.startup import Startup
from stacks.configuration.section import SettingsSection


class InstanceRangeSettings(SettingsSection):
    """How many instances stand behind the endpoint."""

    minimum: Annotated[int, Field(ge=1, le=1000)]
    """Minimum, with which the endpoint starts. With 2 or more, instances spread over availability zones."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Maximum; at least `minimum`, and equal to it where nothing scales."""

    def option(self) -> InstanceRange:
        """The range of the construct."""
        return InstanceRange(self.minimum, self.maximum)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        return self.option().problems()


class SleepingInstanceRangeSettings(SettingsSection):
    """How many instances stand behind the endpoint, down to none while it is idle."""

    minimum: Annotated[int, Field(ge=0, le=1000)]
    """Minimum; with 0 the endpoint sleeps while idle, and wakes on the first request."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Maximum; at least `minimum`."""

    def option(self) -> InstanceRange:
        """The range of the construct."""
        return InstanceRange(self.minimum, self.maximum)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        return self.option().problems(least=0)


class CopyRangeSettings(SettingsSection):
    """How many copies of a component run."""

    minimum: Annotated[int, Field(ge=0, le=1000)]
    """Minimum; with 0 the component sleeps while idle. The requests that wake it fail."""
    maximum: Annotated[int, Field(ge=1, le=1000)]
    """Maximum; at least `minimum`."""

    def option(self) -> CopyRange:
        """The range of the construct."""
        return CopyRange(self.minimum, self.maximum)

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        return self.option().problems(least=0)


class StartupSettings(SettingsSection):
    """How long an instance may take to come up."""

    download_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    """Minutes for fetching and unpacking the model; left out, SageMaker's own limit."""
    health_check_minutes: Annotated[int, Field(ge=1, le=60)] | None = None
    """Minutes for the container's first good answer to `/ping`; left out, SageMaker's own limit."""

    def option(self) -> Startup:
        """The limits of the construct."""
        return Startup(
            download_timeout=minutes(self.download_minutes) if self.download_minutes else None,
            health_check_timeout=minutes(self.health_check_minutes) if self.health_check_minutes else None,
        )
