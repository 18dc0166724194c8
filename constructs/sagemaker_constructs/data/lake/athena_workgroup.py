"""Where queries run: what they may scan, and where their results are."""

from typing import Any

from aws_cdk import aws_athena as athena
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

_GIGABYTE = 10**9
_LEAST_GIGABYTES = 0.01
_MOST_GIGABYTES = 10**6
_QUERIES = (
    "BatchGetQueryExecution",
    "GetQueryExecution",
    "GetQueryResults",
    "GetQueryRuntimeStatistics",
    "GetWorkGroup",
    "ListQueryExecutions",
    "StartQueryExecution",
    "StopQueryExecution",
)


class AthenaWorkgroup(BaseConstruct):
    """A work group of Athena, engine version 3, whose settings hold for every query whatever a client asks for.

    A query that would scan more than ``scan_limit_gb`` is cancelled: Athena bills by what is scanned. Results are
    written below ``prefix`` of ``bucket``, which defaults to the stack's own ``EncryptedBucket``. ``encryption_key``
    encrypts them; the stack's own ``EncryptionKey`` by default. ``name`` defaults to one of the construct's path.
    Athena keeps the history of queries for 45 days; it and saved queries go when the work group does, results stay.

    Provisions: one ``AWS::Athena::WorkGroup``.
    Raises ``InvalidInput`` for limits under 10 MB.

    See https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket | None = None,
        prefix: str = "athena",
        scan_limit_gb: float = 100,
        encryption_key: kms.IKey | None = None,
        name: str | None = None,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        wanted = "1 to 128 letters, digits, dots, hyphens and underscores"
        reject(
            self,
            [
                in_range("scan_limit_gb", scan_limit_gb, _LEAST_GIGABYTES, _MOST_GIGABYTES),
                matches("name", name, r"[a-zA-Z0-9._-]{1,128}", wanted) if name is not None else None,
                None if prefix.strip("/") else Problem("prefix", "must name a folder of the bucket"),
            ],
        )
        self.bucket: s3.IBucket = bucket or EncryptedBucket.of(self)
        self._key = encryption_key or EncryptionKey.of(self)
        self._folder = prefix.strip("/")
        configuration: dict[str, Any] = {
            "enforceWorkGroupConfiguration": True,
            "publishCloudWatchMetricsEnabled": True,
            "bytesScannedCutoffPerQuery": int(scan_limit_gb * _GIGABYTE),
            "engineVersion": {"selectedEngineVersion": "Athena engine version 3"},
            "resultConfiguration": {
                "outputLocation": f"{bucket_facts(self.bucket).url(self._folder)}/",
                "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKey": key_arn(self._key)},
            },
        }
        self._own_name = physical_name(self, 128) if name is None else name
        self._resource = athena.CfnWorkGroup(
            self,
            "Resource",
            name=self._own_name,
            description=description,
            recursive_delete_option=True,
            work_group_configuration=configuration,
        )

    @property
    def name(self) -> str:
        """The work group's name, which exists once the work group does."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The work group's ARN."""
        return self.location.arn("athena", "workgroup", name=self._own_name)

    def grant_query(self, role: iam.IRole) -> None:
        """Let ``role`` run queries here and read their results; of tables, it reads what it is granted besides.

        It may look up the database ``default``, which Athena asks for whatever a query names. See
        https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
        """
        give(role, self.query_grants())

    def query_grants(self) -> Grants:
        """What whoever runs queries here and reads their results may do."""
        grants = Grants()
        grants.allow(*(f"athena:{each}" for each in _QUERIES), on=self.arn)
        catalog = [self.location.arn("glue", "catalog"), self.location.arn("glue", "database", name="default")]
        grants.allow("glue:GetDatabase", "glue:GetDatabases", on=catalog)
        pattern = f"{self._folder}/*"
        grant_read_objects(self.bucket, grants, pattern)
        grant_write_objects(self.bucket, grants, pattern)
        grants.allow("s3:GetBucketLocation", on=bucket_facts(self.bucket).arn)
        grants.allow("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", on=key_arn(self._key))
        return grants
