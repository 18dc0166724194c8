"""Where a Label Studio keeps its people, tasks and history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import Findings, acknowledge_each_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import matches, reject
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.storage.object_access import key_arn

PORT = 5432
CERTIFICATES = "/opt/rds/global-bundle.pem"
"""Where the image has the certificate authorities of RDS, of which one has signed the certificate of a database."""
_NAME = "labelstudio"
_NAMES = {
    "ServerlessV2ScalingConfiguration": "capacity",
    "SecondsUntilAutoPause": "pause_after",
    "BackupRetentionPeriod": "backup_days",
}
_ENGINE = "aurora-postgresql"
_NOWHERE = {
    "cidrIp": "255.255.255.255/32",
    "description": "Nothing goes out; without a rule, everything would",
    "ipProtocol": "icmp",
    "fromPort": 252,
    "toPort": 86,
}
_FIXED = (
    "The server is given its password when it starts: a rotation would lock it out until it starts again. Nothing "
    "but the server's security group reaches the database."
)
_ONE_INSTANCE = (
    "Storage is in three zones; a second instance would double the cost of one that RDS replaces by itself."
)
_BACKED_UP = "The cluster is backed up continuously, and stays when its stack goes."
_UNWATCHED = "Label Studio keeps who changed what; metrics of the cluster need no agent, which is billed by its logs."


@dataclass(frozen=True)
class DatabaseCapacity:
    """From ``least`` to ``most`` capacity units of Aurora, which are about 2 GiB of memory each.

    With 0 as ``least``, the database pauses once nobody has asked it for ``pause_after`` (5 minutes to a day, default
    15 minutes), and costs its storage alone; who comes next waits up to 15 seconds.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
    """

    least: float = 0
    most: float = 2
    pause_after: Duration | None = None

    def request(self) -> dict[str, Any]:
        """``ServerlessV2ScalingConfiguration``."""
        pause = {"SecondsUntilAutoPause": seconds_of(self.pause_after or minutes(15))} if self.least == 0 else {}
        return {"MinCapacity": self.least, "MaxCapacity": self.most, **pause}


class LabelStudioDatabase(BaseConstruct):
    """A database of Aurora Serverless v2 for a ``LabelStudioServer``, in ``subnet_ids`` of a VPC.

    It is encrypted with ``encryption_key``, refuses connections without TLS, and lets nobody in before ``allow``
    does. Whoever connects with ``environment`` checks its certificate and its name. ``engine_version`` is one of
    PostgreSQL that Aurora has, with its minor version; a database pauses as of 13.15, 14.12, 15.7 and 16.3. Minor
    versions are upgraded in the weekly maintenance window. Its password is in a secret, and does not rotate. Backups
    are kept for ``backup_days``.

    ``removal_policy`` is of everything that belongs to the database, so that what is retained still works.
    ``deletion_protection`` refuses its deletion by whatever it is, the rollback of a first deployment included.

    Provisions: ``AWS::RDS::DBCluster``, ``DBInstance``, ``DBClusterParameterGroup`` and ``DBSubnetGroup``, an
    ``AWS::EC2::SecurityGroup``, and an ``AWS::SecretsManager::Secret``.
    Raises ``InvalidInput`` for capacities and backups that RDS refuses, and for what is no version.

    See https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        vpc_id: str,
        subnet_ids: Sequence[str],
        encryption_key: kms.IKey,
        capacity: DatabaseCapacity,
        engine_version: str,
        backup_days: int,
        deletion_protection: bool,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id)
        scaling = capacity.request()
        request = {"ServerlessV2ScalingConfiguration": scaling, "BackupRetentionPeriod": backup_days}
        version = matches("engine_version", engine_version, r"\d{2}\.\d{1,2}", "a version such as 17.7")
        reject(self, [*request_problems("CreateDBCluster", request, _NAMES), version])
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            description=f"Database of {self.path}",
            kms_key_id=key_arn(encryption_key),
            generate_secret_string={
                "secretStringTemplate": f'{{"username":"{_NAME}"}}',
                "generateStringKey": "password",
                "passwordLength": 40,
                "excludePunctuation": True,
            },
        )
        self.secret_arn: str = secret.ref
        group = ec2.CfnSecurityGroup(
            self,
            "SecurityGroup",
            group_description="Database of a Label Studio: in from the server",
            security_group_egress=[_NOWHERE],
            vpc_id=vpc_id,
        )
        self.security_group_id: str = group.attr_group_id
        subnets = rds.CfnDBSubnetGroup(
            self, "Subnets", db_subnet_group_description=f"Database of {self.path}"[:255], subnet_ids=list(subnet_ids)
        )
        encrypted = rds.CfnDBClusterParameterGroup(
            self,
            "Parameters",
            description=f"Database of {self.path}"[:255],
            family=f"{_ENGINE}{engine_version.partition('.')[0]}",
            parameters={"rds.force_ssl": "1"},
        )
        cluster = rds.CfnDBCluster(
            self,
            "Cluster",
            engine=_ENGINE,
            engine_version=engine_version,
            database_name=_NAME,
            master_username=_NAME,
            master_user_password=f"{{{{resolve:secretsmanager:{secret.ref}:SecretString:password}}}}",
            port=PORT,
            serverless_v2_scaling_configuration={
                name[0].lower() + name[1:]: value for name, value in scaling.items()
            },
            db_subnet_group_name=subnets.ref,
            db_cluster_parameter_group_name=encrypted.ref,
            vpc_security_group_ids=[group.attr_group_id],
            storage_encrypted=True,
            kms_key_id=key_arn(encryption_key),
            backup_retention_period=backup_days,
            copy_tags_to_snapshot=True,
            deletion_protection=deletion_protection,
        )
        instance = rds.CfnDBInstance(
            self,
            "Instance",
            engine=_ENGINE,
            db_cluster_identifier=cluster.ref,
            db_instance_class="db.serverless",
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
        )
        self.ready: CfnResource = instance
        self.endpoint: str = cluster.attr_endpoint_address
        self.cluster_id: str = cluster.ref
        """What metrics call it."""
        cluster.apply_removal_policy(removal_policy)
        # Whatever a cluster that stays cannot be used without; only clusters have snapshots.
        beside = RemovalPolicy.DESTROY if removal_policy == RemovalPolicy.SNAPSHOT else removal_policy
        for each in (secret, group, subnets, encrypted, instance):
            each.apply_removal_policy(beside)
        self._accept(cluster, instance, deletion_protection)

    def allow(self, security_group_id: str) -> None:
        """Let what is in ``security_group_id`` connect."""
        ec2.CfnSecurityGroupIngress(
            self,
            "FromServer",
            group_id=self.security_group_id,
            source_security_group_id=security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            description="Label Studio",
        )

    def environment(self) -> dict[str, str]:
        """The variables by which Label Studio finds it, without the password."""
        return {
            "DJANGO_DB": "default",
            "POSTGRE_HOST": self.endpoint,
            "POSTGRE_PORT": str(PORT),
            "POSTGRE_NAME": _NAME,
            "POSTGRE_USER": _NAME,
            # PostgreSQL's own library reads them: Label Studio has no setting for TLS.
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": CERTIFICATES,
        }

    def _accept(self, cluster: CfnResource, instance: CfnResource, protected: bool) -> None:
        findings = Findings(self)
        findings.rule("AwsSolutions-SMG4", "AwsSolutions-RDS6", reason=_FIXED)
        findings.control("SecretsManagerRotationEnabled", reason=_FIXED)
        findings.control("RDSInBackupPlan", reason=_BACKED_UP)
        findings.control(
            "RDSEnhancedMonitoringEnabled", "RDSLoggingEnabled[LogExport::postgresql]", reason=_UNWATCHED
        )
        if not protected:
            reason = "deletion_protection is off: whoever set it decides. The cluster stays when its stack goes."
            findings.rule("AwsSolutions-RDS10", reason=reason)
            findings.control("RDSInstanceDeletionProtectionEnabled", reason=reason)
        findings.write()
        acknowledge_each_in_template(cluster, {"CKV_AWS_162": _FIXED})
        acknowledge_each_in_template(instance, {"CKV_AWS_118": _UNWATCHED})
