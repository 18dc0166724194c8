"""What the shadow test is told."""

from typing import Annotated

from pydantic import Field

from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import HostingInstanceType


class ShadowTestSettings(SettingsSection):
    """An endpoint with one variant that answers and one in its shadow, which gets copies of the requests.

    SageMaker allows a shadow beside exactly one variant, so that it is an endpoint of its own.
    """

    instance_type: HostingInstanceType
    """Instance type of both variants."""
    instances: Annotated[int, Field(ge=1, le=1000)] = 1
    """Instances of each of the two."""
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    """Percentage of the requests that is copied to the shadow."""
