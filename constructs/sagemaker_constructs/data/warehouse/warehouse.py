"""A data warehouse that bills while it works: a namespace and a workgroup of Redshift Serverless."""

import re
from collections.abc import Iterator
from typing import Any, cast

from aws_cdk import Duration, Fn, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_redshiftserverless as redshift
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.base_construct import depend
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name, retained_name, stack_identity
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.data.lake.lake_table import LakeTable
from sagemaker_constructs.data.warehouse.warehouse_base import WarehouseBase
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, retention_problem
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_replace_objects,
    key_arn,
)

_PRINCIPALS = ("redshift-serverless.amazonaws.com", "redshift.amazonaws.com")
_LOGS = ("connectionlog", "useractivitylog", "userlog")
_NAMES = {
    "baseCapacity": "base_capacity",
    "maxCapacity": "max_capacity",
    "subnetIds": "placement.subnets",
}
_IDENTIFIER = r"[a-zA-Z][a-zA-Z_0-9]{0,62}"
_IDENTIFIER_IN_WORDS = "a letter, and up to 62 letters, digits and underscores"
_LONGEST_QUERY_SECONDS = 86_399
_MOST_SNAPSHOT_DAYS = 3653


class Warehouse(WarehouseBase):
    """A database of Redshift Serverless inside a VPC, encrypted, whose queries are logged.

    It bills RPU-hours while queries run, 60 seconds at least each time, and by the month what it stores and, at 0.40
    USD, the secret of its password; idle, nothing else.
    It begins with ``base_capacity`` RPUs (4, or 8 and more in steps of 8) and grows to ``max_capacity``. A query ends
    after ``longest_query``. ``Alarms`` tell when queries fail, and when it has worked without a pause for
    ``longest_awake``: what asks every minute bills all day. CloudFormation has no limit on RPU-hours.

    ``placement`` are three subnets in three zones, through which it reaches S3 and Glue; two are enough without
    ``enhanced_vpc_routing``. Nothing outside of the VPC connects to it; the Data API of ``grant_query`` needs no
    network. ``COPY``, ``UNLOAD`` and ``CREATE EXTERNAL SCHEMA`` with ``IAM_ROLE default`` have the rights that
    ``copy_from``, ``unload_to`` and ``federate`` give to ``role``.

    ``encryption_key`` encrypts the data, the administrator's password, which Secrets Manager makes and rotates, and
    the logs, which are kept for ``log_days``; it has to let CloudWatch Logs in, as the default, the stack's own
    ``EncryptionKey``, does. ``name`` is that of namespace and workgroup; another one makes another warehouse, without
    the data. ``database`` and ``administrator`` are those of the first deployment: a change of ``database`` has no
    effect.

    Data and logs are retained when the stack goes. With ``RemovalPolicy.DESTROY`` they are deleted, the data after a
    snapshot that is kept for ``snapshot_days``; with 0, there is none.

    Provisions: ``AWS::RedshiftServerless::Namespace`` and ``Workgroup``, an ``AWS::IAM::Role``, and an
    ``AWS::Logs::LogGroup`` for each kind of log.
    Raises ``InvalidInput`` for capacities and subnets that Redshift refuses, and for times out of range.

    See https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-billing-on-demand.html and
    https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-usage-considerations.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        placement: VpcPlacement,
        base_capacity: int = 8,
        max_capacity: int = 32,
        enhanced_vpc_routing: bool = True,
        longest_query: Duration | None = None,
        longest_awake: Duration | None = None,
        database: str = "warehouse",
        administrator: str = "warehouse_admin",
        encryption_key: kms.IKey | None = None,
        log_days: int = ONE_YEAR,
        snapshot_days: int = 30,
        name: str | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ) -> None:
        super().__init__(scope, id, longest_awake=longest_awake)
        query = longest_query or minutes(60)
        request = {
            "baseCapacity": base_capacity,
            "maxCapacity": max_capacity,
            "enhancedVpcRouting": enhanced_vpc_routing,
            "subnetIds": placement.subnet_ids,
        }
        reject(
            self,
            [
                *request_problems("CreateWorkgroup", request, _NAMES),
                seconds_between("longest_query", query, 1, _LONGEST_QUERY_SECONDS),
                matches("database", database, _IDENTIFIER, _IDENTIFIER_IN_WORDS),
                matches("administrator", administrator, _IDENTIFIER, _IDENTIFIER_IN_WORDS),
                matches("name", name, r"[a-z0-9-]{3,64}", "3 to 64 lower-case letters, digits and hyphens")
                if name is not None
                else None,
                retention_problem("log_days", log_days),
                in_range("snapshot_days", snapshot_days, 0, _MOST_SNAPSHOT_DAYS),
            ],
        )
        self.database: str = database
        reached = placement.services is None or "Glue" in placement.services or not enhanced_vpc_routing
        wanted = "must reach Glue, or external schemas would have no tables; its network has no endpoint to it"
        self._unreachable_catalog = None if reached else Problem("placement", wanted)
        key = encryption_key or EncryptionKey.of(self)
        chosen = retained_name(self) if name is None else name
        # Redshift documents no condition keys that it sends when it assumes a role for COPY.
        self._role_resource = service_role(
            self, service=_PRINCIPALS, description=f"Loads and unloads the warehouse {self.path}"
        )
        role_arn = self._role_resource.attr_arn
        self._role: iam.IRole | None = None
        self._grants = Grants()
        last = snapshot_days if removal_policy == RemovalPolicy.DESTROY else 0
        namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=chosen,
            db_name=database,
            admin_username=administrator,
            manage_admin_password=True,
            admin_password_secret_kms_key_id=key_arn(key),
            kms_key_id=key_arn(key),
            iam_roles=[role_arn],
            default_iam_role_arn=role_arn,
            log_exports=list(_LOGS),
            final_snapshot_name=self._snapshot_name() if last else None,
            final_snapshot_retention_period=last or None,
        )
        namespace.apply_removal_policy(removal_policy)
        depend(namespace, *self._log_groups(chosen, key, log_days, removal_policy))
        self._namespace = namespace
        self._namespace_name: str = namespace.ref
        self._workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=chosen,
            namespace_name=self._namespace_name,
            publicly_accessible=False,
            security_group_ids=placement.security_group_ids,
            config_parameters=[
                # Without it, nothing is written to the log of activities that the namespace exports.
                {"parameterKey": "enable_user_activity_logging", "parameterValue": "true"},
                {"parameterKey": "max_query_execution_time", "parameterValue": str(seconds_of(query))},
                {"parameterKey": "require_ssl", "parameterValue": "true"},
            ],
            base_capacity=base_capacity,
            max_capacity=max_capacity,
            enhanced_vpc_routing=enhanced_vpc_routing,
            subnet_ids=placement.subnet_ids,
        )
        self._name: str = self._workgroup.ref

    @property
    def name(self) -> str:
        """The name of the workgroup, which exists once the workgroup does; the namespace is called the same."""
        return self._name

    @property
    def arn(self) -> str:
        """The workgroup's ARN."""
        return self._workgroup.attr_workgroup_workgroup_arn

    @property
    def namespace_name(self) -> str:
        """The name of the namespace, which exists once the namespace does."""
        return self._namespace_name

    @property
    def namespace_arn(self) -> str:
        """The namespace's ARN."""
        return self._namespace.attr_namespace_namespace_arn

    @property
    def role(self) -> iam.IRole:
        """The role of ``IAM_ROLE default``, for grants of other constructs."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self, "Reference", self._role_resource.ref)
        return self._role

    def copy_from(self, bucket: s3.IBucket, prefix: str) -> None:
        """Let ``COPY … FROM 's3://bucket/prefix/…'`` read the objects below ``prefix``."""
        grant_read_objects(bucket, self._grants, self._pattern(prefix))
        self._grants.allow("s3:GetBucketLocation", on=bucket_facts(bucket).arn)
        self._write_grants()

    def unload_to(self, bucket: s3.IBucket, prefix: str) -> None:
        """Let ``UNLOAD … TO 's3://bucket/prefix/…'`` write below ``prefix``, and ``CLEANPATH`` empty it.

        See https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
        """
        pattern = self._pattern(prefix)
        grant_read_objects(bucket, self._grants, pattern)
        grant_replace_objects(bucket, self._grants, pattern)
        self._grants.allow("s3:GetBucketLocation", on=bucket_facts(bucket).arn)
        self._write_grants()

    def federate(self, *tables: LakeTable) -> None:
        """Let an external schema on the database of ``tables`` show and read these tables, and no others.

        With enhanced VPC routing, a network without internet has to have an endpoint to Glue.

        See https://docs.aws.amazon.com/redshift/latest/dg/c-spectrum-iam-policies.html
        """
        reject(self, [self._unreachable_catalog])
        for table in tables:
            table.grant_read(self.role)
            catalog = self.location.arn("glue", "catalog")
            self._grants.allow("glue:GetTables", on=[catalog, table.database.arn, table.arn])
        self._write_grants()

    def _write_grants(self) -> None:
        """The policy inside the role, with what was given until now."""
        written = [{"policyName": "Default", "policyDocument": self._grants.document()}]
        self._role_resource.policies = cast(Any, written)
        findings = Findings(self)
        self._grants.accept(findings)
        findings.write()

    def _pattern(self, prefix: str) -> str:
        folder = prefix.strip("/")
        wanted = "must name a folder: at the top of a bucket, a role would have every object of it"
        reject(self, [None if folder else Problem("prefix", wanted)])
        return f"{folder}/*"

    def _snapshot_name(self) -> str:
        # Of a snapshot's name, Redshift takes no two hyphens after one another.
        return Fn.join("-", [re.sub("-+", "-", physical_name(self, 50)), stack_identity()])

    def _log_groups(self, name: str, key: kms.IKey, days: int, removal: RemovalPolicy) -> Iterator[logs.CfnLogGroup]:
        """The groups under the names that Redshift would use to make them itself, unencrypted and for ever."""
        for kind in _LOGS:
            group = logs.CfnLogGroup(
                self,
                kind.capitalize(),
                log_group_name=f"/aws/redshift/{name}/{kind}",
                kms_key_id=key_arn(key),
                retention_in_days=days,
            )
            group.apply_removal_policy(removal)
            yield group
