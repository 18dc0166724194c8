"""Reports about a version in the registry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.steps.definition_step import Text

_SCHEMES = ("s3://", "https://")
_LONGEST = 1024


@dataclass(frozen=True)
class RegisteredFiles:
    """S3 URLs of JSON files that a version in the registry names, each where the API has it."""

    places: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """For each field its member of the request, and the member of that."""

    def problems(self) -> Iterator[Problem]:
        """No file at all, and what is no S3 URL."""
        if not self.given:
            yield Problem("", f"must name at least one of {', '.join(each.name for each in fields(self))}")
        for name, url in self.given.items():
            if isinstance(url, Expression) or is_token(url):
                continue
            if not url.startswith(_SCHEMES) or len(url) > _LONGEST:
                yield Problem(name, f"must be an S3 URL of at most {_LONGEST} characters, got: {url!r}")

    @property
    def given(self) -> Mapping[str, Text]:
        """The files that there are, by the name of their field."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def document(self) -> dict[str, dict[str, object]]:
        """The member of the CreateModelPackage request."""
        found: dict[str, dict[str, object]] = {}
        for name, url in self.given.items():
            group, member = self.places[name]
            found.setdefault(group, {})[member] = {"ContentType": "application/json", "S3Uri": url}
        return found


@dataclass(frozen=True)
class ModelMetrics(RegisteredFiles):
    """Reports about a version, which the registry shows: S3 URLs of JSON files, mostly results of steps.

    ``quality`` and ``data_quality`` are statistics, and have constraints beside them; the others are reports of
    SageMaker Clarify, or of that form.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelMetrics.html
    """

    places: ClassVar[Mapping[str, tuple[str, str]]] = {
        "quality": ("ModelQuality", "Statistics"),
        "quality_constraints": ("ModelQuality", "Constraints"),
        "data_quality": ("ModelDataQuality", "Statistics"),
        "data_quality_constraints": ("ModelDataQuality", "Constraints"),
        "bias": ("Bias", "Report"),
        "pre_training_bias": ("Bias", "PreTrainingReport"),
        "post_training_bias": ("Bias", "PostTrainingReport"),
        "explainability": ("Explainability", "Report"),
    }
    quality: Text | None = None
    quality_constraints: Text | None = None
    data_quality: Text | None = None
    data_quality_constraints: Text | None = None
    bias: Text | None = None
    pre_training_bias: Text | None = None
    post_training_bias: Text | None = None
    explainability: Text | None = None
