"""Scoring of whole files."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.serving.transform.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_processing import TransformProcessing
from stacks.foundation.stack import FoundationStack
from stacks.serving.batch_transform.settings import BatchTransformSettings
from stacks.serving.observation.observation import Observation
from stacks.training.trained_model import TrainedModel

_CONTENT_TYPES = {"csv": "text/csv", "json_lines": "application/jsonlines"}
_INPUT = "batch/input"
_OUTPUT = "batch/output"


class BatchTransformStack(Stack):
    """Files below ``batch/input`` are scored by the clock, as they arrive, or both."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: BatchTransformSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        observation: Observation,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Scores whole files with the model")
        model = trained.model(self, "Model")

        def transform(id: str, manifest: str | None = None) -> BatchTransform:
            return BatchTransform(
                self,
                id,
                model=model,
                input=TransformInput(
                    foundation.data, _INPUT, manifest=manifest, content_type=_CONTENT_TYPES[settings.format]
                ),
                output=TransformOutput(foundation.data, _OUTPUT),
                encryption_key=foundation.key,
                instance_type=settings.instance_type,
                instance_count=settings.instance_count,
                processing=TransformProcessing(
                    input_filter=settings.input_filter,
                    output_filter=settings.output_filter,
                    join_input=settings.join_input,
                ),
                requests=settings.requests(),
            )

        scoring = transform("Scoring")
        if settings.schedule:
            # What arrives names itself, so that only the runs by the clock read a manifest.
            listed = transform("ListedScoring", settings.manifest) if settings.manifest else scoring
            schedule = listed.schedule("Schedule", settings.schedule, timezone=settings.time_zone)
            CfnOutput(self, "ScheduleName", value=schedule.schedule_name)
        if settings.on_new_data:
            scoring.on_new_data("Arrivals")
        scoring.on_failure("Failures", topic=observation.topic)
        CfnOutput(self, "InputPrefix", value=_INPUT)
        CfnOutput(self, "OutputPrefix", value=_OUTPUT)
