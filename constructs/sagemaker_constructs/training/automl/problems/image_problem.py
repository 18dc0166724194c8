"""A class of pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem


@dataclass(frozen=True)
class ImageProblem(AutoMLProblem):
    """Sort pictures into classes: each folder below the data's prefix holds those of one class.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ImageClassificationJobConfig.html
    """

    member: ClassVar[str] = "ImageClassificationJobConfig"
    content_types: ClassVar[Sequence[str]] = ("image/*", "image/png", "image/jpeg")

    @property
    def config(self) -> Mapping[str, object]:
        """An empty ``ImageClassificationJobConfig``: all follows from the folders."""
        return {}

    @property
    def serves_from_one_container(self) -> bool:
        """Containers of pictures differ between processors."""
        return False
