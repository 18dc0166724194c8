"""A flow of Data Wrangler, run whenever it is due."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.problems import Problem, one_of, reject
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.data.wrangling.flow_document import FlowDocument
from sagemaker_constructs.data.wrangling.flow_folders import FlowDataset, FlowFile, FlowOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement

FlowEngine = Literal["open", "data_wrangler"]
FlowContent = Literal["CSV", "PARQUET"]
_FLOW = "flow"


class DataWranglerFlow(BaseConstruct):
    """The ``.flow`` file ``flow`` as a processing job: ``definition`` runs at deployment, on a schedule or as a step.

    ``engine`` ``"open"`` runs it by an image of the library, on one instance and in network isolation, where it has
    only operators that this image supports; ``"data_wrangler"`` by AWS's own image of ``version``, which supports
    all. Either learns what transforms learn, such as categories and means, from the data of the job, and not from the
    sample that the author of the flow has seen.

    ``datasets`` are folders in S3 by the names that data sets have in the flow, whose own S3 addresses are not read.
    The result is that of ``node`` and its output ``node_output``; ``node`` defaults to the one at the end. It is
    written as ``content_type`` below ``output``, in ``<job>/<node>/<node_output>``, each run in a folder of its own.

    ``encryption_key`` defaults to the stack's own ``EncryptionKey.of``, ``role`` to a new one that can read the data
    sets and write the output, ``max_runtime`` to ``Duration.minutes(50)``.

    Flows are drawn in SageMaker Canvas; Studio Classic, where Data Wrangler began, takes no new applications (read on
    2026-11-29).

    Provisions: an ``AWS::IAM::Role`` unless ``role`` is given, the flow as an asset, and nothing that runs.
    Raises ``InvalidInput`` for files that are no flows, nodes and data sets that are not there, sources other than
    S3, and operators that the engine does not support.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/data-wrangler-data-export.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/sm-q.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        flow: str,
        datasets: Mapping[str, ProcessingInput],
        output: ProcessingOutput,
        instance_type: str,
        node: str | None = None,
        node_output: str = "default",
        content_type: FlowContent = "CSV",
        engine: FlowEngine = "open",
        version: str = "3.x",
        encryption_key: kms.IKey | None = None,
        instance_count: int = 1,
        volume_gib: int = 30,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        document = FlowDocument(flow, node, node_output)
        reject(self, document.file_problems())
        reject(self, document.node_problems())
        reject(
            self,
            [
                *document.dataset_problems([*datasets]),
                *(document.operator_problems() if engine == "open" else ()),
                one_of("engine", engine, get_args(FlowEngine)),
                one_of("content_type", content_type, get_args(FlowContent)),
                Problem("datasets", "may not be called 'flow', as the flow itself is") if _FLOW in datasets else None,
                _alone(instance_count) if engine == "open" else None,
            ],
        )
        self.output_name: str = document.result
        asset = s3_assets.Asset(self, "Flow", path=str(Path(flow).resolve()), display_name=f"Flow of {self.path}")
        read = {name: FlowDataset(each.bucket, each.prefix, each.distribution) for name, each in datasets.items()}
        own = engine == "open"
        image = (
            ModelImage.from_library("wrangling")
            if own
            else ModelImage.from_framework("data-wrangler", scope="processing", version=version)
        )
        wanted = {self.output_name: {"content_type": content_type}}
        learned = {"refit": True, "output_flow": f"{Path(flow).stem}.flow"}
        self.definition: ProcessingDefinition = ProcessingDefinition(
            self,
            "Job",
            image=image,
            instance_type=instance_type,
            inputs={_FLOW: FlowFile(asset.bucket, asset.s3_object_key), **read},
            outputs={self.output_name: FlowOutput(output.bucket, output.prefix)},
            # The container takes an option and its value as one word.
            arguments=[
                f"--output-config '{json.dumps(wanted)}'",
                f"--refit-trained-params '{json.dumps(learned)}'",
            ],
            encryption_key=encryption_key,
            instance_count=instance_count,
            volume_gib=volume_gib,
            placement=placement,
            # AWS's own exports do not isolate the container, and nobody says that it runs so.
            network_isolation=own,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )


def _alone(instances: int) -> Problem | None:
    return None if instances == 1 else Problem("instance_count", f"must be 1 for the engine 'open', got: {instances}")
