"""What the registry is told."""

from typing import Annotated

from pydantic import Field

from stacks.configuration.fields.kit import in_words
from stacks.configuration.section import SettingsSection
from stacks.foundation.fields import AccountId

Stage = Annotated[
    str, Field(min_length=1, max_length=63, json_schema_extra=in_words("the name of a stage, such as Production"))
]


class RegistrySettings(SettingsSection):
    """A group of model packages, and the deployment of what is approved in it to endpoints with `mode: approved`."""

    shared_with: tuple[AccountId, ...] = Field(
        default=(), min_length=0, max_length=20, json_schema_extra=in_words("up to 20 accounts of 12 digits")
    )
    """Accounts that may describe the versions, make models of them and read what training left of them."""
    stage: Stage | None = None
    """Stage of a version's life cycle whose approval counts; left out, the approval of the version itself."""
