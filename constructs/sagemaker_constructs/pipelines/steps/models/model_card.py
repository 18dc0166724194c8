"""What a version in the registry says of itself."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from sagemaker_constructs.core.problems import Problem, no_more_than, one_of
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines.references.expression import Expression, Joined
from sagemaker_constructs.pipelines.steps.definition_step import Text

RiskRating = Literal["High", "Medium", "Low", "Unknown"]
CardStatus = Literal["Draft", "PendingReview", "Approved"]
Number = int | float | Expression
"""A number, now or by the time the pipeline runs."""

_RISKS = ("High", "Medium", "Low", "Unknown")
_STATUSES = ("Draft", "PendingReview", "Approved")
_MOST_CONTENT = 100_000
_MOST_WORDS = 2048
_MOST_PLACES = 15


@dataclass(frozen=True)
class ModelCard:
    """The model card of a version: what it is for, how it was trained, and how well it does.

    ``intended_uses`` and ``purpose`` are words of yours. All other values may be results of steps: the ARN of the
    ``training_job``, the ``data`` that it read, its ``image``, its ``hyperparameters`` and ``training_metrics``, and
    ``evaluations``, which are metrics by the name of the evaluation. ``details`` are further texts, such as the
    version of the data. The pipeline puts the card together when it registers the version. A metric has to be a
    number by then: evaluations write ``"NaN"`` for what cannot be computed, and SageMaker refuses a card with that.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html
    """

    intended_uses: str
    purpose: str | None = None
    risk: RiskRating = "Unknown"
    training_job: Text | None = None
    data: Sequence[Text] = ()
    image: Text | None = None
    hyperparameters: Mapping[str, Text] = field(default_factory=dict[str, Text])
    training_metrics: Mapping[str, Number] = field(default_factory=dict[str, Number])
    evaluations: Mapping[str, Mapping[str, Number]] = field(default_factory=dict[str, Mapping[str, Number]])
    details: Mapping[str, Text] = field(default_factory=dict[str, Text])
    status: CardStatus = "Draft"

    def problems(self) -> Iterator[Problem | None]:
        """What the schema of model cards refuses."""
        yield one_of("risk", self.risk, _RISKS)
        yield one_of("status", self.status, _STATUSES)
        yield _too_long("intended_uses", self.intended_uses, _MOST_WORDS)
        yield _too_long("purpose", self.purpose, _MOST_WORDS)
        yield no_more_than("data", self.data, _MOST_PLACES)
        yield no_more_than("hyperparameters", [*self.hyperparameters], 100)
        yield no_more_than("training_metrics", [*self.training_metrics], 50)
        for place, value in {"training_job": self.training_job, "image": self.image}.items():
            yield _too_long(place, value, 1024)
        for place in self.data:
            yield _too_long("data", place, 1024)
        for name, value in self.hyperparameters.items():
            yield _named("hyperparameters", name, 255)
            yield _too_long(f"hyperparameters[{name!r}]", value, 255)
        for name in self.training_metrics:
            yield _named("training_metrics", name, 255)
        for name, metrics in self.evaluations.items():
            yield _named("evaluations", name, 63)
            for metric in metrics:
                yield _named(f"evaluations[{name!r}]", metric, 255)
        for name, value in self.details.items():
            yield _too_long(f"details[{name!r}]", value, 1024)
        literal = sum(len(part) for part in self._parts() if isinstance(part, str))
        if literal > _MOST_CONTENT:
            yield Problem("", f"may have at most {_MOST_CONTENT} characters, got: {literal}")

    def document(self) -> dict[str, object]:
        """The ``ModelCard`` of a CreateModelPackage request."""
        return {"ModelCardContent": self.content, "ModelCardStatus": self.status}

    @property
    def content(self) -> Text:
        """The card as JSON text; with results of steps, put together by the pipeline."""
        parts = [*self._parts()]
        if all(isinstance(part, str) for part in parts):
            return "".join(cast("list[str]", parts))
        return Joined("", parts)

    def _parts(self) -> Iterator[str | Expression]:
        """Pieces of text, and expressions between them."""
        text = ""
        for part in _json(self._card()):
            if isinstance(part, str):
                text += part
            else:
                yield from (text, part)
                text = ""
        yield text

    def _card(self) -> Mapping[str, object]:
        job = {
            "training_arn": self.training_job,
            "training_datasets": [*self.data],
            "training_environment": {"container_image": [self.image]} if self.image is not None else {},
            "training_metrics": [_metric(*each) for each in self.training_metrics.items()],
            "hyper_parameters": [{"name": name, "value": value} for name, value in self.hyperparameters.items()],
        }
        job = {name: value for name, value in job.items() if not _is_empty(value)}
        uses = {
            "intended_uses": self.intended_uses,
            "purpose_of_model": self.purpose,
            "risk_rating": self.risk,
        }
        card: dict[str, object] = {
            "intended_uses": {name: value for name, value in uses.items() if value is not None},
            "training_details": {"training_job_details": job} if job else {},
            "evaluation_details": [_evaluation(*each) for each in self.evaluations.items()],
            "additional_information": {"custom_details": self.details} if self.details else {},
        }
        return {name: value for name, value in card.items() if value}


@dataclass(frozen=True)
class _Unquoted:
    """A number that a step gives."""

    value: Expression


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, list | dict) and not value)


def _number(value: Number) -> object:
    return _Unquoted(value) if isinstance(value, Expression) else value


def _metric(name: str, value: Number) -> Mapping[str, object]:
    return {"name": name, "value": _number(value)}


def _evaluation(name: str, metrics: Mapping[str, Number]) -> Mapping[str, object]:
    measured = [{"name": each, "type": "number", "value": _number(value)} for each, value in metrics.items()]
    return {"name": name, "metric_groups": [{"name": name, "metric_data": measured}]}


def _json(value: object) -> Iterator[str | Expression]:
    """``value`` as JSON text, in pieces around what only an execution has."""
    if isinstance(value, _Unquoted):
        yield value.value
    elif isinstance(value, Expression):
        yield from ('"', value, '"')
    elif isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        entries = ((f"{json.dumps(name)}:", item) for name, item in members.items())
        yield from _bracketed("{}", entries)
    elif isinstance(value, list):
        yield from _bracketed("[]", (("", item) for item in cast("list[object]", value)))
    else:
        yield json.dumps(value, ensure_ascii=False)


def _bracketed(brackets: str, entries: Iterable[tuple[str, object]]) -> Iterator[str | Expression]:
    yield brackets[0]
    for place, (begin, item) in enumerate(entries):
        yield f",{begin}" if place else begin
        yield from _json(item)
    yield brackets[1]


def _too_long(path: str, value: object, most: int) -> Problem | None:
    if not isinstance(value, str) or is_token(value) or len(value) <= most:
        return None
    return Problem(path, f"may have at most {most} characters, got: {len(value)}")


def _named(path: str, name: str, most: int) -> Problem | None:
    if 1 <= len(name) <= most:
        return None
    return Problem(path, f"may have names of 1 to {most} characters, got: {len(name)}")
