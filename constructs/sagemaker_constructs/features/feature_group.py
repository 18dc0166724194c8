"""A feature group, and who may write and read it."""

from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.names import retained_name
from sagemaker_constructs.core.problems import Problem, matches, no_more_than, reject, seconds_between, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.features.feature_metadata import FeatureMetadata, metadata_problems
from sagemaker_constructs.features.feature_schema import FeatureSchema
from sagemaker_constructs.features.offline_store import OfflineStore
from sagemaker_constructs.features.online_store import OnlineStore
from sagemaker_constructs.features.provisioned_throughput import ProvisionedThroughput
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

_DATABASE = "sagemaker_featurestore"
_MOST_FEATURES = 2_500
_LONGEST_LIFE = 2**31 - 1
_TABLE = "Feature Store names the table itself, with the time of its creation."
_FOLDER = "Feature Store appends the time of creation to the folder's name."
_IN_THE_STACKS_BUCKET = OfflineStore()
_NAMES = {
    "RecordIdentifierFeatureName": "schema.record_identifier",
    "EventTimeFeatureName": "schema.event_time",
    "FeatureDefinitions": "schema.features",
    "OnlineStoreConfig": "online",
    "OfflineStoreConfig": "offline",
    "ThroughputConfig": "throughput",
    "ThroughputMode": "",
    "FeatureName": "",
}


class FeatureGroup(BaseConstruct):
    """Records of features, the newest of which are read online, and all of which make training sets offline.

    ``schema`` names the features. ``deployed``, the schema that stands in the account and that you keep in a file of
    your repository (``FeatureSchema.write``), makes synth refuse by name what SageMaker cannot change, and keeps the
    order of the features; without it, CloudFormation refuses at deployment. ``offline`` defaults to a table in the
    stack's own bucket, ``online`` to none: a group has at least one of both. Without ``throughput`` it is billed for
    each request.

    The group is retained when its stack goes, and so are its records; ``removal_policy`` destroys the group and its
    online records, never those in S3. ``name`` defaults to one of the construct's path and the stack's identity.
    Whatever would replace the group fails instead, because a name exists once: ``description``, ``role``, ``offline``
    and ``storage`` of ``online`` are those of its creation. It takes no tags, for the same reason.

    Provisions: one ``AWS::SageMaker::FeatureGroup``, an ``AWS::IAM::Role`` for an offline store unless ``role`` is
    given, and ``FeatureMetadata`` for a schema with descriptions or parameters.
    Raises ``InvalidInput`` for what SageMaker refuses of names, types, stores and throughput.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store.html and
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-featuregroup.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        schema: FeatureSchema,
        deployed: FeatureSchema | None = None,
        online: OnlineStore | None = None,
        offline: OfflineStore | None = _IN_THE_STACKS_BUCKET,
        throughput: ProvisionedThroughput | None = None,
        name: str | None = None,
        role: iam.IRole | None = None,
        description: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id)
        self.schema: FeatureSchema = schema.evolved_from(deployed) if deployed else schema
        self._online = online
        self._table_format = _table_format(self.schema, offline) if offline else None
        properties = self._stored(online, throughput)
        if offline:
            properties["offline_store_config"] = {"TableFormat": self._table_format}
        reject(
            self,
            [
                *_problems(self.schema, online, name),
                *within("schema", metadata_problems(self.schema)),
                *(within("schema", schema.changes_refused(deployed)) if deployed else ()),
                *rule_problems("CreateFeatureGroup", properties, names=_NAMES),
            ],
        )
        self._own_name = retained_name(self) if name is None else name
        self._bucket: s3.IBucket | None = (offline.bucket or EncryptedBucket.of(self)) if offline else None
        self._prefix = offline.prefix.strip("/") if offline else ""
        writer = self._writer(role) if self._bucket else None
        if self._bucket:
            properties["offline_store_config"] = self._offline(self._bucket)
        self._resource = sagemaker.CfnFeatureGroup(
            self,
            "Resource",
            feature_group_name=self._own_name,
            description=description,
            role_arn=writer.arn if writer else None,
            **properties,
        )
        self._resource.apply_removal_policy(removal_policy)
        if writer:
            depend(self._resource, *writer.ready)
            writer.apply_removal_policy(removal_policy)
        if self.schema.descriptions or self.schema.parameters:
            FeatureMetadata(self, "Metadata", schema=self.schema, group=self.name, arn=self.arn)

    @property
    def name(self) -> str:
        """The group's name, which exists once the group does."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The group's ARN."""
        return self.location.arn("sagemaker", "feature-group", name=self.name)

    @property
    def online_key(self) -> kms.IKey | None:
        """The key of the online store; None without one."""
        return (self._online.encryption_key or EncryptionKey.of(self)) if self._online else None

    @property
    def database(self) -> str:
        """The database of Glue with the offline table, whose name begins with the group's."""
        return _DATABASE

    def grant_ingest(self, role: iam.IRole) -> None:
        """Let ``role`` write and delete records."""
        give(role, self.ingest_grants())

    def ingest_grants(self) -> Grants:
        """What whoever writes and deletes records may do."""
        return self._of_records("PutRecord", "DeleteRecord", "BatchWriteRecord")

    def grant_read_online(self, role: iam.IRole) -> None:
        """Let ``role`` read the newest records; raises ``InvalidInput`` without an online store."""
        reject(self, [None if self._online else Problem("online", "is none: there are no records to read online")])
        give(role, self._of_records("GetRecord", "BatchGetRecord", "ListRecords"))

    def grant_read_offline(self, role: iam.IRole) -> None:
        """Let ``role`` read the table and its files; a query engine such as Athena has rights of its own.

        Raises ``InvalidInput`` without an offline store.
        """
        give(role, self.read_offline_grants())

    def read_offline_grants(self) -> Grants:
        """What whoever reads the table and its files may do; raises ``InvalidInput`` without an offline store."""
        grants = Grants()
        if self._bucket is None:
            reject(self, [Problem("offline", "is none: there is no table to read")])
            return grants
        grants.allow("sagemaker:DescribeFeatureGroup", on=self.arn)
        grant_read_objects(self._bucket, grants, f"{self._folder}/{self.name}-*")
        self._allow_table(grants, "GetTable", "GetPartitions", "GetDatabase")
        return grants

    def _of_records(self, *actions: str) -> Grants:
        grants = Grants()
        grants.allow("sagemaker:DescribeFeatureGroup", *(f"sagemaker:{each}" for each in actions), on=self.arn)
        if self.online_key:
            grants.allow("kms:Decrypt", on=key_arn(self.online_key))
        return grants

    def _stored(self, online: OnlineStore | None, throughput: ProvisionedThroughput | None) -> dict[str, Any]:
        stored: dict[str, Any] = {
            "record_identifier_feature_name": self.schema.record_identifier,
            "event_time_feature_name": self.schema.event_time,
            "feature_definitions": self.schema.definitions(),
        }
        if online:
            stored["online_store_config"] = online.properties(online.encryption_key or EncryptionKey.of(self))
        if throughput:
            stored["throughput_config"] = throughput.properties()
        return stored

    @property
    def _folder(self) -> str:
        """Where in the bucket Feature Store makes the folder of a group."""
        location = self.location
        return f"{self._prefix}/{location.account}/sagemaker/{location.region}/offline-store".lstrip("/")

    def _offline(self, bucket: s3.IBucket) -> Mapping[str, object]:
        facts = bucket_facts(bucket)
        key = {"KmsKeyId": key_arn(facts.encryption_key)} if facts.encryption_key else {}
        return {"S3StorageConfig": {"S3Uri": facts.url(self._prefix), **key}, "TableFormat": self._table_format}

    def _writer(self, role: iam.IRole | None) -> ExecutionRoleBase:
        """The role that Feature Store writes the offline store as."""
        assert self._bucket is not None
        facts, grants = bucket_facts(self._bucket), Grants()
        folder = f"{self._folder}/{self._own_name}-*"
        grant_write_objects(self._bucket, grants, folder)
        grants.allow("s3:PutObjectAcl", on=f"{facts.arn}/{folder}", because=_FOLDER, owner=self._bucket)
        grants.allow("s3:GetBucketAcl", on=facts.arn)
        if self._table_format == "Iceberg":
            grants.allow("s3:GetObject", on=f"{facts.arn}/{folder}", because=_FOLDER, owner=self._bucket)
            self._allow_table(grants, "GetTable", "UpdateTable")
        return ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Writes the offline store of {self.path}",
            log_groups=[],
            grants=grants,
        )

    def _allow_table(self, grants: Grants, *actions: str) -> None:
        location = self.location
        grants.allow(
            *(f"glue:{each}" for each in actions),
            on=[
                location.arn("glue", "catalog"),
                location.arn("glue", "database", name=_DATABASE),
                location.arn("glue", "table", name=f"{_DATABASE}/*"),
            ],
            because=_TABLE,
        )


def _table_format(schema: FeatureSchema, offline: OfflineStore) -> str:
    numbers = schema.features.get(schema.event_time) == "Fractional"
    return offline.table_format or ("Glue" if numbers else "Iceberg")


def _problems(schema: FeatureSchema, online: OnlineStore | None, name: str | None) -> Iterator[Problem | None]:
    wanted = "1 to 64 letters, digits and single hyphens"
    yield matches("name", name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}", wanted) if name is not None else None
    yield no_more_than("schema.features", list(schema.features), _MOST_FEATURES)
    wanted = "1 to 64 letters and digits, with hyphens and underscores between them"
    for each in schema.features:
        yield matches(f"schema.features[{each}]", each, r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}", wanted)
    if online and online.time_to_live:
        yield seconds_between("online.time_to_live", online.time_to_live, 1, _LONGEST_LIFE)
