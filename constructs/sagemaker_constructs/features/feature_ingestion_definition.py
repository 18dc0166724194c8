"""Rows of files, written to a feature group by a job."""

from collections.abc import Mapping, Sequence
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_constructs.core.problems import Problem, in_range, one_of, reject
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement


class FeatureIngestionDefinition(ProcessingDefinition):
    """Writes the rows of ``data``, whose columns are features, to ``group``: a job, a step or on a schedule.

    ``image`` is one of this library's, whose ``process ingest`` it runs. The ``format`` of files is ``csv``, with a
    header, or ``parquet``, for which the image needs DuckDB, as ``ModelImage.from_library("wrangling")`` has it.
    Columns of Parquet have types: integers fit ``Integral`` and ``Fractional``, other numbers ``Fractional``, text,
    dates and times ``String``, times as ISO 8601 in UTC; where one does not fit, nothing is written.

    Rows that the group refuses are in ``refused`` with their reasons; more than ``most_refused`` fail the job, after
    all others were written. Writing the same rows again changes nothing online: of records with one event time, the
    store keeps the first.

    The container has a network, by which it reaches Feature Store: in a VPC that is isolated, ``placement`` needs the
    interface endpoints ``SageMakerFeatureStoreRuntime`` and ``SageMakerApi``. ``max_runtime`` defaults to 50 minutes
    (maximum: 9 days). ``role`` defaults to a new role.

    Provisions: what ``ProcessingDefinition`` does.
    Raises ``InvalidInput`` for what ``ProcessingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-ingest-data.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        group: FeatureGroup,
        image: ModelImage,
        instance_type: str,
        data: ProcessingInput,
        format: Literal["csv", "parquet"] = "csv",
        refused: ProcessingOutput | None = None,
        most_refused: int = 0,
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 10,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        kind = [] if format == "csv" else ["--format", format]
        super().__init__(
            scope,
            id,
            image=image,
            instance_type=instance_type,
            inputs={"data": data},
            outputs={"refused": refused} if refused else {},
            arguments=["process", "ingest", "--group", group.name, *kind, "--most-refused", str(most_refused)],
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            network_isolation=False,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        reject(
            self,
            [
                in_range("most_refused", most_refused, 0, 1_000_000_000),
                one_of("format", format, ("csv", "parquet")),
                _image_problem(image) if format == "parquet" else None,
            ],
        )
        self._access = self.execution_role.allow(self, "Ingestion", group.ingest_grants())

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run has to wait for."""
        return [*super().ready, *self._access]


def _image_problem(image: ModelImage) -> Problem | None:
    """Whether the image is known to read no Parquet."""
    if image.packages is None or "duckdb" in image.packages:
        return None
    words = 'must have duckdb in its lock for format="parquet", as ModelImage.from_library("wrangling") does'
    return Problem("image", words)
