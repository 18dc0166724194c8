"""What counts as drift."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, positive, within
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.monitoring.answer_bias import AnswerBias
from sagemaker_constructs.monitoring.answer_quality import AnswerQuality
from sagemaker_constructs.storage.object_access import grant_read_objects

Season = Literal["none", "hour of day", "hour of week"]
Reference = Literal["fixed", "rolling"]
_TIME_ZONE = r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}"


@dataclass(frozen=True)
class DriftSettings:
    """What is compared, and what counts as drift.

    ``features`` are the names of the columns of requests in their order, ``outputs`` those of answers; those of the
    baseline by default. ``ignored`` are not compared, ``categories`` are categories although they hold numbers.

    A change is a violation if chance makes one as large so rarely that all features together raise at most
    ``false_alarms_a_year`` while nothing changes, **and** it is larger than its threshold: ``moved_distance``
    standard deviations for numbers, ``moved_share`` of all rows for categories, ``thresholds`` instead for single
    features, and ``bad_share`` of all rows for missing, unreadable, unknown and extreme values. Fewer rows than
    ``minimum_rows`` decide nothing, and no alarm changes.

    With a ``season``, rows are compared with those of the same hours of the day or of the week in ``time_zone``;
    ``time`` is then the column of the baseline's rows that says when each was, which is no feature. A ``rolling``
    ``reference`` is the runs of the last ``rolling_days`` instead of the baseline: what is sudden is found, what is
    slow is followed. Season and time zone belong to the baseline: other ones take another baseline.

    ``quality`` compares answers with truth that comes late, ``bias`` groups of people, for both of which the baseline
    has to have its answers. ``attributions`` are outputs that say how much each feature counts for an answer, such as
    SHAP values, by the name of the feature: their order has drifted where its similarity to the baseline's, by NDCG,
    is below ``least_ndcg``.

    ``examples`` rows of each difference are shown on the page of a run; 0 keeps all rows out of it.
    """

    features: Sequence[str] = ()
    outputs: Sequence[str] = ()
    ignored: Sequence[str] = ()
    categories: Sequence[str] = ()
    minimum_rows: int = 50
    false_alarms_a_year: float = 1.0
    moved_distance: float = 0.1
    moved_share: float = 0.1
    bad_share: float = 0.01
    thresholds: Mapping[str, float] = field(default_factory=dict[str, float])
    season: Season = "none"
    time: str = ""
    time_zone: str = "UTC"
    reference: Reference = "fixed"
    rolling_days: float = 28.0
    examples: int = 3
    quality: AnswerQuality | None = None
    bias: AnswerBias | None = None
    attributions: Mapping[str, str] = field(default_factory=dict[str, str])
    least_ndcg: float = 0.9

    def problems(self) -> Iterator[Problem | None]:
        """What the container refuses."""
        yield in_range("minimum_rows", self.minimum_rows, 10, 1_000_000_000)
        yield positive("false_alarms_a_year", self.false_alarms_a_year)
        yield positive("moved_distance", self.moved_distance)
        yield positive("moved_share", self.moved_share)
        yield in_range("bad_share", self.bad_share, 0, 0.99)
        yield one_of("season", self.season, get_args(Season))
        yield one_of("reference", self.reference, get_args(Reference))
        yield positive("rolling_days", self.rolling_days)
        yield in_range("examples", self.examples, 0, 20)
        yield from self._season_problems()
        yield from self._answer_problems()
        for name, value in self.thresholds.items():
            yield positive(f"thresholds.{name}", value)
        known = {*self.features, *self.outputs}
        # Without features, these are those of the baseline, which nobody knows at synth.
        for argument in ("ignored", "categories", "thresholds") if self.features else ():
            for name in sorted({*getattr(self, argument)} - known):
                yield Problem(argument, f"must be among features or outputs, got: {name!r}")

    def _season_problems(self) -> Iterator[Problem | None]:
        if self.season != "none" and not self.time:
            yield Problem("time", "must name the column that says when a row was, where there is a season")
        if self.time and self.time in {*self.features, *self.outputs}:
            yield Problem("time", f"must be no feature and no output, got: {self.time!r}")
        yield matches("time_zone", self.time_zone, _TIME_ZONE, "a name such as Europe/Zurich")

    def _answer_problems(self) -> Iterator[Problem | None]:
        if self.quality:
            yield from within("quality", self.quality.problems(self.outputs))
        if self.bias:
            yield from within("bias", self.bias.problems(self.features))
            if self.quality is None or self.quality.problem == "Regression":
                told = self.quality.problem if self.quality else "none"
                yield Problem("bias", f"requires the quality of a problem of classes, got: {told}")
        if not 0 < self.least_ndcg < 1:
            yield Problem("least_ndcg", f"must be above 0 and below 1, got: {self.least_ndcg}")
        for feature, output in self.attributions.items() if self.outputs else ():
            yield one_of(f"attributions.{feature}", output, self.outputs)
        for feature in self.attributions if self.features else ():
            yield one_of("attributions", feature, self.features)

    def document(self, hours: float) -> dict[str, object]:
        """The settings by the container's names."""
        document: dict[str, object] = {**asdict(self), "hours_between_runs": hours}
        del document["quality"], document["bias"]
        thresholds = dict(self.thresholds)
        if self.quality:
            document |= asdict(self.quality)
            thresholds |= self.quality.thresholds
        if self.bias:
            of_bias = asdict(self.bias)
            document |= {name: of_bias[name] for name in ("facets", "group")}
            document |= {"bias_metrics": [*self.bias.metrics], "bias_moved": self.bias.moved}
            thresholds |= self.bias.thresholds
        return {**document, "thresholds": thresholds}

    def file(self, scope: Construct, id: str, *, hours: float) -> ProcessingInput:
        """The settings as the container reads them, an asset; ``hours`` lie between two runs."""
        return settings_file(scope, id, self.document(hours))


def settings_file(scope: Construct, id: str, document: Mapping[str, object]) -> ProcessingInput:
    """A document that a container reads, an asset."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        path.write_text(json.dumps(document, sort_keys=True))
        asset = s3_assets.Asset(scope, id, path=str(path), display_name="Settings of a drift monitor")
    return _SettingsFile(asset.bucket, asset.s3_object_key)


class _SettingsFile(ProcessingInput):
    """One object."""

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the object."""
        grant_read_objects(self.bucket, grants, self.prefix)
