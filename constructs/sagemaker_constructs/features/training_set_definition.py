"""Training sets of what was known at the time of each row, made by a job."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import InvalidInput, Problem, within
from sagemaker_constructs.data.lake.athena_workgroup import AthenaWorkgroup
from sagemaker_constructs.data.lake.lake_table import LakeTable
from sagemaker_constructs.data.lake.saved_query import SavedQuery
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.features.feature_group import FeatureGroup
from sagemaker_constructs.features.point_in_time import FeatureHistory, PointInTimeQuery
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement


@dataclass(frozen=True)
class GroupFeatures:
    """``features`` of ``group`` that belong in a training set, named with ``prefix`` there.

    ``joined_on`` is the column of the spine that identifies the record, by default of the same name.
    """

    group: FeatureGroup
    features: Sequence[str]
    prefix: str = ""
    joined_on: str = ""

    def history(self, table: str) -> FeatureHistory:
        """The same over a table."""
        schema = self.group.schema
        return FeatureHistory(
            table, schema.record_identifier, schema.event_time, self.features, self.prefix, self.joined_on
        )

    def problems(self) -> Iterator[Problem | None]:
        """What the group does not have."""
        known = self.group.schema.features
        for index, each in enumerate(self.features):
            if each not in known:
                yield Problem(f"features[{index}]", f"must be one of {', '.join(known)}, got: {each!r}")


class TrainingSetDefinition(ProcessingDefinition):
    """Gives every row of ``spine`` the features as they were at its time: a job, a step or on a schedule.

    It runs a ``PointInTimeQuery`` in ``workgroup``, and writes the answer as a CSV file with a header to ``rows``.
    ``event_time`` is the spine's column with the time of a row, ``columns`` are those of its columns that are in the
    result beside its keys. ``known_at`` leaves out what arrived after that time. All event times are text, or all
    are numbers.

    ``image`` is one of this library's, whose ``process training_set`` it runs. The container has a network, by which
    it reaches Athena: in a VPC that is isolated, ``placement`` needs interface endpoints of Athena, Glue and
    ``SageMakerApi``. ``volume_gib`` has to hold the result. ``max_runtime`` defaults to 50 minutes (maximum: 9 days).
    ``role`` defaults to a new role, which may run queries in ``workgroup`` and read the spine and the groups.

    Provisions: what ``ProcessingDefinition`` does, and one ``AWS::Athena::NamedQuery``.
    Raises ``InvalidInput`` for features that a group does not have, and for what ``PointInTimeQuery`` and
    ``ProcessingDefinition`` refuse.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-a-dataset.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        spine: LakeTable,
        event_time: str,
        features: Sequence[GroupFeatures],
        rows: ProcessingOutput,
        workgroup: AthenaWorkgroup,
        image: ModelImage,
        instance_type: str,
        columns: Sequence[str] = (),
        known_at: bool = False,
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 10,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        place = f"{path_of(scope)}/{id}"
        if found := [problem for problem in _problems(features) if problem]:
            raise InvalidInput(place, found)
        try:
            query = PointInTimeQuery(
                spine.name,
                event_time,
                [each.history(f"{_GROUP}{index}") for index, each in enumerate(features)],
                columns,
                known_at,
                seconds=_counts_seconds(features[0].group),
            )
        except InvalidInput as wrong:
            raise InvalidInput(place, wrong.problems) from None
        # Arguments of a container have 256 characters at most, and queries more.
        saved = SavedQuery(
            scope,
            f"{id}Query",
            workgroup=workgroup,
            database=spine.database,
            sql=query.sql(),
            description=f"The training set {place}",
        )
        groups = [each.group for each in features]
        super().__init__(
            scope,
            id,
            image=image,
            instance_type=instance_type,
            outputs={"rows": rows},
            arguments=[
                *("process", "training_set", "--query", saved.id),
                *(argument for group in groups for argument in ("--group", group.name)),
            ],
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            placement=placement,
            network_isolation=False,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        grants = workgroup.query_grants()
        grants.allow("athena:GetNamedQuery", on=workgroup.arn)
        for each in (spine.read_grants(), *(group.read_offline_grants() for group in groups)):
            grants.include(each)
        self._access = self.execution_role.allow(self, "Access", grants)

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run has to wait for."""
        return [*super().ready, *self._access]


_GROUP = "feature_group_"
"""In the query stands this with a number: Feature Store names the tables of groups when it makes them."""


def _counts_seconds(group: FeatureGroup) -> bool:
    return group.schema.features[group.schema.event_time] == "Fractional"


def _problems(features: Sequence[GroupFeatures]) -> Iterator[Problem | None]:
    if not features:
        yield Problem("features", "must hold at least one group")
    for index, each in enumerate(features):
        yield from within(f"features[{index}]", each.problems())
    if len({_counts_seconds(each.group) for each in features}) > 1:
        yield Problem("features", "must be of groups whose event times are all text, or all numbers")
