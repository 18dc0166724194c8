"""Scoring of whole files."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.serving.batch_transform import BatchTransform
from sagemaker_constructs.serving.transform_input import TransformInput
from sagemaker_constructs.serving.transform_output import TransformOutput
from sagemaker_constructs.serving.transform_processing import TransformProcessing
from stacks.foundation import FoundationStack
from stacks.serving.trained_model import TrainedModel
from stacks.settings.serving import BatchTransformSettings


class BatchTransformStack(Stack):
    """CSV files below ``batch/input`` are scored by the clock, as they arrive, or both."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: BatchTransformSettings,
        foundation: FoundationStack,
        trained: TrainedModel,
        stack_name: str,
    ) -> None:
        super().__init__(scope, id, stack_name=stack_name, description="Scores whole files with the model")
        source = TransformInput(foundation.data, "batch/input")
        results = TransformOutput(foundation.data, "batch/output")
        transform = BatchTransform(
            self,
            "Scoring",
            model=trained.model(self, "Model"),
            input=source,
            output=results,
            encryption_key=foundation.key,
            instance_type=settings.instance_type,
            instance_count=settings.instance_count,
            processing=TransformProcessing(
                input_filter=settings.input_filter,
                output_filter=settings.output_filter,
                join_input=settings.join_input,
            ),
        )
        if settings.schedule:
            transform.schedule("Schedule", settings.schedule, timezone=settings.time_zone)
        if settings.on_new_data:
            transform.on_new_data("Arrivals")
        transform.on_failure("Failures", topic=foundation.alarms)
        CfnOutput(self, "InputPrefix", value=source.prefix)
        CfnOutput(self, "OutputPrefix", value=results.prefix)
