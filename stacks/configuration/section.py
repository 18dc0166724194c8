"""What every section of the settings is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sagemaker_constructs.core.problems import Problem


@dataclass(frozen=True)
class Surroundings:
    """Where the settings stand: their file, and the project whose folders they name."""

    file: Path
    project: Path


class SettingsSection(BaseModel):
    """Frozen, strict, without unknown keys; docstrings become the configuration page (`schema.py`).

    A section also judges what its fields say together. It is asked when some of them are wrong by themselves, too:
    what cannot be read is then a token, as a construct's rules let it through.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def problems(self) -> Iterator[Problem | None]:
        """What does not go together in this section, by the keys below it; mostly what a construct would refuse."""
        yield from ()

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:  # noqa: ARG002 - for sections that look around
        """What does not go with the file's name or the project's folders."""
        yield from ()
