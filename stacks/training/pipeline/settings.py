"""What the training pipeline is told."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from aws_cdk import aws_s3 as s3
from pydantic import Field

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.pipelines.triggers.event_text import EventText
from sagemaker_constructs.pipelines.triggers.new_data_trigger import NewDataTrigger
from sagemaker_constructs.pipelines.triggers.schedule_trigger import ScheduleTrigger
from stacks.configuration.fields.kit import in_words
from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import ScheduleExpression, TimeZone
from stacks.training.settings import HyperparameterName, HyperparameterValue
from stacks.training.tuning.settings import HyperparameterRangeSettings

DATA_VERSION = "DataVersion"
"""The parameter by which rows differ that lie in the same place: caches look at places, and not at what is there."""

Prefix = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$",
        max_length=512,
        json_schema_extra=in_words("a path of letters, digits, . _ - and / between folders"),
    ),
]
Column = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra=in_words("the name of a column"))]


KeyEnding = Annotated[
    str,
    Field(
        pattern=r"^[a-zA-Z0-9_.-]{1,64}$",
        json_schema_extra=in_words("how names of files end, such as .csv: 1 to 64 letters, digits, dots, _ and -"),
    ),
]


class TrainingTimeSettings(SettingsSection):
    """Trains at fixed times, on whatever rows there are then."""

    when: ScheduleExpression
    """When an execution starts."""
    time_zone: TimeZone = "UTC"
    """Time zone of `when`."""

    def option(self) -> ScheduleTrigger:
        """The trigger of the construct."""
        parameters = {DATA_VERSION: EventText("{time}")}
        return ScheduleTrigger(self.when, self.time_zone, parameters=parameters)


class NewRowsSettings(SettingsSection):
    """Trains when rows arrive in the folder `data`."""

    ending: KeyEnding = ".csv"
    """End of the names of the files that count."""
    cool_down_minutes: Annotated[int, Field(ge=1, le=2880)] = 15
    """Minutes between two starts at least; all files that arrive meanwhile are one start, when they are over."""

    def option(self, bucket: s3.IBucket, folder: str) -> NewDataTrigger:
        """The trigger of the construct."""
        parameters = {DATA_VERSION: EventText("{detail.object.etag}-{detail.object.sequencer}")}
        cool_down = minutes(self.cool_down_minutes)
        return NewDataTrigger(bucket, f"{folder}/", self.ending, parameters=parameters, cool_down=cool_down)


class TrainingTriggersSettings(SettingsSection):
    """What starts the training pipeline by itself, each event once."""

    schedule: TrainingTimeSettings | None = None
    """Fixed times."""
    new_data: NewRowsSettings | None = None
    """Rows that arrive."""
    maximum_executions: Annotated[int, Field(ge=1, le=20)] = 1
    """Executions at a time; further starts wait."""

    def problems(self) -> Iterator[Problem | None]:
        """Something has to start it."""
        if not self.schedule and not self.new_data:
            yield Problem("", "needs schedule or new_data, got: neither")


class TrainingPipelineSettings(SettingsSection):
    """Prepares rows, searches hyperparameters, judges the best model and registers it, if it is good enough."""

    data: Prefix = "training-rows"
    """Folder of the rows in the platform's bucket for data: CSV files with a header."""
    label: Column
    """Column that is predicted."""
    minimum_auc: Annotated[float, Field(ge=0, le=1)] = 0.8
    """Area under the curve below which a model is not registered; each start may give another one."""
    hyperparameters: Annotated[Mapping[HyperparameterName, HyperparameterValue], Field(max_length=100)] = {}
    """Hyperparameters that are not searched."""
    maximum_jobs: Annotated[int, Field(ge=1, le=750)] = 10
    """Training jobs of the search in all."""
    parallel_jobs: Annotated[int, Field(ge=1, le=100)] = 2
    """Training jobs at a time."""
    ranges: Annotated[tuple[HyperparameterRangeSettings, ...], Field(min_length=1, max_length=30)]
    """What is searched."""
    cache_days: Annotated[int, Field(ge=1, le=365)] = 30
    """Days for which a step whose inputs have not changed is not repeated."""

    triggers: TrainingTriggersSettings | None = None
    """What starts the pipeline by itself; left out, nothing does."""

    def problems(self) -> Iterator[Problem | None]:
        """A hyperparameter is fixed or searched."""
        for index, each in enumerate(self.ranges):
            if each.name in self.hyperparameters:
                yield Problem(f"ranges[{index}].name", f"must not be among hyperparameters as well, got: {each.name}")
