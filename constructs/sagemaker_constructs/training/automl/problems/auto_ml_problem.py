"""What the problems that Autopilot solves have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

CSV = "text/csv;header=present"
_PARQUET = "x-application/vnd.amazon+parquet"

AS_TABLES = (CSV, _PARQUET)
"""Media types of rows."""


class AutoMLProblem(ABC):
    """What is to be predicted, and from what.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoMLProblemTypeConfig.html
    """

    member: ClassVar[str]
    """The member of ``AutoMLProblemTypeConfig``."""
    content_types: ClassVar[Sequence[str]] = AS_TABLES
    """The media types of data, the default one first."""
    most_candidates: ClassVar[int] = 1
    takes_validation: ClassVar[bool] = True
    """Whether rows that judge the candidates can be given; otherwise Autopilot splits the data itself."""

    @property
    @abstractmethod
    def config(self) -> Mapping[str, object]:
        """The member's value, without completion criteria."""

    @property
    def objective(self) -> str | None:
        """The metric that candidates are compared by; None for Autopilot's own choice."""
        return None

    @property
    def serves_from_one_container(self) -> bool:
        """Whether the winner is served by one container, which is told at deployment."""
        return True
