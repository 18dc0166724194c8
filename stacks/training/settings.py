"""What training is told."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.training.watch.watch_rule import WatchRule
from stacks.configuration.fields.folders import ImageFolder, folder_problem
from stacks.configuration.fields.kit import ApiText, api_enum, as_text, in_words
from stacks.configuration.section import SettingsSection, Surroundings

LOSSES = {
    "train:loss": r"train:loss=(\S+)",
    "validation:loss": r"validation:loss=(\S+)",
}
"""What a watch reads, where an image logs it for each round."""

TrainingInstanceType = Annotated[str, api_enum("TrainingInstanceType"), Field(title="training instance type")]
HyperparameterName = Annotated[
    str,
    Field(min_length=1, max_length=256, json_schema_extra=in_words("a name of 1 to 256 characters in one line")),
    ApiText("HyperParameterKey"),
]
HyperparameterValue = Annotated[
    str,
    Field(
        json_schema_extra=in_words(
            "text of at most 2500 characters in one line, a number, true or false",
            type=["string", "number", "boolean"],
        )
    ),
    ApiText("HyperParameterValue"),
    BeforeValidator(as_text),
]


class TrainingWatchSettings(SettingsSection):
    """Looks at the training job each minute while it runs, and tells the alarms' topic what it finds."""

    stop: bool = True
    """Stops the job when its loss does not fall any more, when it overfits, and when a metric is no number."""
    rounds: Annotated[int, Field(ge=1, le=500)] = 20
    """Rounds without improvement that count, for an image that logs a loss for each, as `containers/pytorch` does."""
    idle_cpu_percent: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Tells when the CPU is used for less than this, of 100 for each core; the job trains on."""
    idle_minutes: Annotated[int, Field(ge=1, le=180)] = 15
    """Minutes in a row for which `idle_cpu_percent` counts."""

    def rules(self) -> Sequence[WatchRule]:
        """The rules of the construct."""
        train, validation = LOSSES
        rules = [
            WatchRule.not_a_number(),
            WatchRule.not_decreasing(train, rounds=self.rounds),
            WatchRule.overfitting(train, validation, rounds=self.rounds),
        ]
        if self.idle_cpu_percent is not None:
            rules.append(WatchRule.under_used("CPU", percent=self.idle_cpu_percent, minutes=self.idle_minutes))
        return rules


class TrainingSettings(SettingsSection):
    """The training job that runs when the platform is deployed."""

    image: ImageFolder
    """Folder of the training image."""
    instance_type: TrainingInstanceType
    """Instance type of the training job."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances; more than one needs an image that distributes its work."""
    volume_gib: Annotated[int, Field(ge=1, le=16384)] = 10
    """Storage volume of each instance in GiB."""
    max_runtime_minutes: Annotated[int, Field(ge=1, le=55)] = 50
    """Minutes until the job is stopped. A deployment waits at most an hour, for its start and end too."""
    watch: TrainingWatchSettings | None = None
    """Looks at the job while it runs."""
    hyperparameters: dict[HyperparameterName, HyperparameterValue] = Field(default={}, max_length=100)
    """Passed to the training container. Numbers and booleans become text, as SageMaker's API requires."""

    def problems_around(self, around: Surroundings) -> Iterator[Problem | None]:
        """The image folder exists and holds a Dockerfile."""
        yield folder_problem("image", self.image, around, holds="Dockerfile")
