"""A class of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem


@dataclass(frozen=True)
class TextProblem(AutoMLProblem):
    """Sort texts into classes: the column ``text`` of a table holds them, and ``target`` their classes.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TextClassificationJobConfig.html
    """

    member: ClassVar[str] = "TextClassificationJobConfig"

    text: str
    target: str

    @property
    def config(self) -> Mapping[str, object]:
        """The ``TextClassificationJobConfig``."""
        return {"ContentColumn": self.text, "TargetLabelColumn": self.target}

    @property
    def serves_from_one_container(self) -> bool:
        """Containers of texts differ between processors."""
        return False
