"""What the monitor of an endpoint is told."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from aws_cdk import Duration
from pydantic import Field

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.monitoring.answer_quality import AnswerQuality
from stacks.configuration.fields.kit import api_enum, in_words
from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import ScheduleExpression
from stacks.training.pipeline.settings import Prefix

Feature = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra=in_words("the name of a column"))]
ProcessingInstanceType = Annotated[str, api_enum("ProcessingInstanceType"), Field(title="processing instance type")]


class AnswersSettings(SettingsSection):
    """How good answers are, by truth that comes late: each line of it is judged once, by the run that ends a day."""

    truth: Prefix = "monitoring-truth"
    """Folder of the truth in the platform's bucket for data, in the layout of Model Monitor's ground truth."""
    problem: Literal["Regression", "BinaryClassification", "MulticlassClassification"]
    """What the model answers."""
    prediction: Feature | None = None
    """Output, and column of the baseline's rows, that is the predicted label or number."""
    probability: Feature | None = None
    """Output, and column of the baseline's rows, that is the probability of the positive label."""
    positive: Annotated[str, Field(min_length=1, max_length=256)] = "1"
    """The positive label."""
    label: Feature
    """Column of the baseline's rows that is the truth."""
    truth_days: Annotated[int, Field(ge=1, le=62)] = 7
    """Days after which truth that has not come counts as never; runs read the requests of as many days."""

    def problems(self) -> Iterator[Problem | None]:
        """Nothing that is predicted."""
        if not self.prediction and not (self.probability and self.problem == "BinaryClassification"):
            yield Problem("prediction", "must name the output that is predicted, or probability for two classes")

    def option(self) -> AnswerQuality:
        """The quality of the construct."""
        return AnswerQuality(
            self.problem,
            prediction=self.prediction or "",
            probability=self.probability or "",
            positive=self.positive,
            truth=self.label,
            truth_days=float(self.truth_days),
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """The columns of answers."""
        return tuple(filter(None, (self.prediction, self.probability)))


class MonitoringSettings(SettingsSection):
    """Compares what the endpoint is asked with a baseline, window by window, and tells the alarm topic of drift."""

    rows: Prefix = "monitoring-rows"
    """Folder of the baseline's rows in the platform's bucket for data, CSV with a header; empty, runs fail."""
    baseline_schedule: ScheduleExpression = "cron(0 1 * * ? *)"
    """When the baseline is made of the rows that are there then, in UTC."""
    every_hours: Annotated[int, Field(ge=1, le=24)] = 1
    """Hours of a window, of which a day has a whole number; each window with requests is one job."""
    delay_minutes: Annotated[int, Field(ge=1, le=360)] = 15
    """Minutes after a window's end until it is looked at, as captured files come late."""
    instance_type: ProcessingInstanceType = "ml.m5.large"
    """Instance type of the jobs."""
    ignored: Annotated[tuple[Feature, ...], Field(min_length=0, max_length=1000)] = ()
    """Columns that are not compared."""
    minimum_rows: Annotated[int, Field(ge=10, le=1_000_000)] = 50
    """Rows of a window below which nothing is decided."""
    thresholds: Annotated[Mapping[Feature, Annotated[float, Field(ge=0.001, le=1000)]], Field(max_length=1000)] = {}
    """Above which change a column has drifted: standard deviations, or shares of rows; 0.1 for all others."""
    runs: Annotated[int, Field(ge=1, le=24)] = 2
    """Runs in which a column has to differ before somebody is told."""
    of_runs: Annotated[int, Field(ge=1, le=24)] = 3
    """Runs among which these are counted, the last ones that could decide."""

    answers: AnswersSettings | None = None
    """Judges answers by truth that comes late; left out, requests and answers are compared alone."""

    def problems(self) -> Iterator[Problem | None]:
        """Windows that are no part of a day; more runs than there are, which would never be told of."""
        if 24 % self.every_hours:
            yield Problem("every_hours", f"must be 1, 2, 3, 4, 6, 8, 12 or 24, got: {self.every_hours}")
        if self.runs > self.of_runs:
            yield Problem("runs", f"must be at most of_runs, {self.of_runs}, got: {self.runs}")

    def every(self) -> Duration:
        """The length of a window."""
        return minutes(60 * self.every_hours)

    def delay(self) -> Duration:
        """How long after its end it is looked at."""
        return minutes(self.delay_minutes)
