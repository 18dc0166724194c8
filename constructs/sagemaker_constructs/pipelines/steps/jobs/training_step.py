"""A training job as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack, cast

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import DefinitionStep, Text, changed, grant_read_encrypted
from sagemaker_constructs.pipelines.steps.step import JobStepOptions
from sagemaker_constructs.training.training_definition import TrainingDefinition

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import TrainingResult


class TrainingStep(DefinitionStep):
    """Trains as ``training`` says, with values of this pipeline.

    ``channels`` are S3 URLs, mostly results of other steps, for channels of the definition or new ones.
    ``hyperparameters`` and ``environment`` add to those of the definition, or replace them; numbers become text among
    hyperparameters. ``changes`` replace members of the CreateTrainingJob request, such as
    ``{"ResourceConfig": {"InstanceCount": count}}``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Training"

    def __init__(
        self,
        name: str,
        training: TrainingDefinition,
        *,
        channels: Mapping[str, Text] | None = None,
        hyperparameters: Mapping[str, Plain | Expression] | None = None,
        environment: Mapping[str, Text] | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, training, changes or {}, options)
        self._training = training
        self._channels = dict(channels or {})
        self._hyperparameters = dict(hyperparameters or {})
        self._environment = dict(environment or {})
        self.properties: TrainingResult = result_of_step("Training", name)

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        own = {"HyperParameters": as_texts(self._hyperparameters), "Environment": self._environment}
        given = changed(request, {member: value for member, value in own.items() if value})
        return with_channels(given, self._channels)

    def grant_read_result(self, asked: str, grants: Grants) -> None:
        """Allow reading the model and the other outputs."""
        if asked.startswith(("ModelArtifacts", "OutputDataConfig")):
            given = self._training
            grant_read_encrypted(given.output, given.output_prefix, given.encryption_key, grants)


def as_texts(values: Mapping[str, Plain | Expression]) -> dict[str, object]:
    """``values`` as text, which hyperparameters are."""
    return {name: text_of(value) for name, value in values.items()}


def text_of(value: Plain | Expression) -> Text:
    """``value`` as text: what is none becomes it, now or when the pipeline runs."""
    if isinstance(value, Expression):
        return value if value.is_text else value.to_string()
    return str(value)


def with_channels(request: Mapping[str, object], channels: Mapping[str, Text]) -> Mapping[str, object]:
    """``request`` with channels that read the S3 URLs ``channels``, by name."""
    if not channels:
        return request
    given = cast("list[dict[str, object]]", request.get("InputDataConfig", []))
    by_name = {str(channel["ChannelName"]): channel for channel in given}
    for name, url in channels.items():
        source = {"S3DataType": "S3Prefix", "S3DataDistributionType": "FullyReplicated"}
        fresh = {"ChannelName": name, "ContentType": "text/csv", "InputMode": "File"}
        before = by_name.get(name, {**fresh, "DataSource": {"S3DataSource": source}})
        by_name[name] = changed(before, {"DataSource": {"S3DataSource": {"S3Uri": url}}})
    return {**request, "InputDataConfig": [*by_name.values()]}
