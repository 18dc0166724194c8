"""The job that makes a baseline."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import InvalidInput, within
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.drift_settings import DriftSettings
from sagemaker_constructs.network.vpc_placement import VpcPlacement


class BaselineDefinition(ProcessingDefinition):
    """Makes the baseline of a ``DriftMonitor`` of ``rows``, and leaves it at ``output``.

    A job (``ProcessingJob``), on a schedule, or a step of the pipeline that trains, which has to write to the same
    place each time: ``ProcessingStep("Baseline", definition, outputs={"report": definition.url})``. ``rows`` are CSV
    with a header, Parquet or JSON lines, as the model was trained on; columns that ``settings`` name as ``outputs``
    are predictions, all others features. ``baseline`` is what the monitor takes.

    ``image`` defaults to the library's own, which runs in network isolation. ``instance_type``, ``volume_gib``,
    ``placement``, ``max_runtime``, ``encryption_key``, ``role`` and ``tags`` are those of ``ProcessingDefinition``.

    Provisions: an ``AWS::IAM::Role`` unless ``role`` is given, and nothing that runs.
    Raises ``InvalidInput`` for settings that the container refuses, and for what ``ProcessingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-create-baseline.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        rows: ProcessingInput,
        output: ProcessingOutput,
        settings: DriftSettings | None = None,
        image: ModelImage | None = None,
        instance_type: str = "ml.m5.large",
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 10,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        own = settings or DriftSettings()
        if found := [*within("settings", own.problems())]:
            raise InvalidInput(f"{path_of(scope)}/{id}", found)
        file = own.file(BaseConstruct(scope, f"{id}Settings"), "File", hours=1)
        super().__init__(
            scope,
            id,
            image=image or ModelImage.from_library("monitor"),
            instance_type=instance_type,
            inputs={"rows": rows, "settings": file},
            outputs={"report": output},
            arguments=["baseline"],
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        self.baseline: ProcessingInput = ProcessingInput(output.bucket, output.prefix)
        self.url: str = output.url
