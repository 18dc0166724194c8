"""A job of Spark on EMR Serverless, defined once and run when it is due."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, matches, reject, seconds_between
from sagemaker_constructs.core.schedules import ScheduleLike
from sagemaker_constructs.data.spark.emr_serverless_application import EmrServerlessApplication
from sagemaker_constructs.jobs.job_schedule import JobSchedule
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_replace_objects,
    key_arn,
)

_MEMORY: Mapping[int, tuple[int, int, int]] = {
    1: (2, 8, 1),
    2: (4, 16, 1),
    4: (8, 30, 1),
    8: (16, 60, 4),
    16: (32, 120, 8),
}
"""Gigabytes that a worker of so many vCPUs may have: from, to, and in which steps."""
_OVERHEAD = 1.1
_MEBIBYTES = 1024
_LONGEST_SECONDS = 7 * 24 * 3600
_OWN = ("cores", "memory", "instances", "maxExecutors")


class EmrServerlessJob(BaseConstruct):
    """Runs ``script``, a Python file for Spark published as an asset, in ``application``.

    ``schedule`` runs it by the clock, and ``EMRServerlessStep`` takes ``request`` and ``role_arn``. ``arguments`` are
    the script's own; ``settings`` are properties of Spark. Driver and executors have ``vcpus`` and ``memory_gb``
    each, in the sizes that EMR Serverless has, and there are ``max_executors`` at most. A run ends after ``timeout``,
    an hour by default.

    Logs are written below ``emr-serverless/`` of ``logs``, the stack's own ``EncryptedBucket`` by default, and not to
    the storage that EMR Serverless has itself. ``encryption_key``, the stack's own by default, encrypts them and the
    disks of the workers. Grant the role what the script reads and writes by ``job.role``.

    Provisions: an ``AWS::IAM::Role``, the script as an asset, and nothing that runs.
    Raises ``InvalidInput`` for sizes that EMR Serverless does not have or the application does not hold, and for
    settings that options stand for.

    See https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/jobs-spark.html and
    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/app-behavior.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        application: EmrServerlessApplication,
        script: str,
        arguments: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        vcpus: int = 2,
        memory_gb: int = 8,
        max_executors: int = 4,
        timeout: Duration | None = None,
        logs: s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, id)
        given, longest = settings or {}, timeout or minutes(60)
        reject(
            self,
            [
                *_script_problems(script, given),
                *_size_problems(application, vcpus, memory_gb, max_executors),
                seconds_between("timeout", longest, 60, _LONGEST_SECONDS),
            ],
        )
        self.application: EmrServerlessApplication = application
        bucket, key = logs or EncryptedBucket.of(self), encryption_key or EncryptionKey.of(self)
        asset = s3_assets.Asset(
            self, "Script", path=str(Path(script).resolve()), display_name=f"Script of {self.path}"
        )
        folder = f"emr-serverless/{physical_name(self, 100)}"
        self._role_resource = self._made_role(asset, bucket, folder, key)
        self._role: iam.IRole | None = None
        # Spark adds a tenth for itself, and the worker has to hold both.
        heap = f"{int(memory_gb * _MEBIBYTES / _OVERHEAD)}m"
        properties = {
            "spark.driver.cores": str(vcpus),
            "spark.driver.memory": heap,
            "spark.executor.cores": str(vcpus),
            "spark.executor.memory": heap,
            "spark.dynamicAllocation.maxExecutors": str(max_executors),
            **given,
        }
        self.name: str = physical_name(self, 64)
        logged = {"logUri": f"{bucket_facts(bucket).url(folder)}/", "encryptionKeyArn": key_arn(key)}
        self._request: dict[str, object] = {
            "Name": self.name,
            "ExecutionRoleArn": self._role_resource.attr_arn,
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": asset.s3_object_url,
                    "EntryPointArguments": [*arguments],
                    "SparkSubmitParameters": " ".join(f"--conf {name}={value}" for name, value in properties.items()),
                }
            },
            "ConfigurationOverrides": {
                "MonitoringConfiguration": {
                    "S3MonitoringConfiguration": _capitals(logged),
                    "ManagedPersistenceMonitoringConfiguration": {"Enabled": False},
                },
                "DiskEncryptionConfiguration": {"EncryptionKeyArn": key_arn(key)},
            },
            "ExecutionTimeoutMinutes": -(-seconds_of(longest) // 60),
        }

    @property
    def request(self) -> Mapping[str, object]:
        """The StartJobRun request without application and role, for ``EMRServerlessStep``."""
        return {_small(name): _smalls(value) for name, value in self._request.items() if name != "ExecutionRoleArn"}

    @property
    def role(self) -> iam.IRole:
        """The role that the script runs as, for grants of other constructs."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self, "Reference", self._role_resource.ref)
        return self._role

    @property
    def role_arn(self) -> str:
        """The ARN of the role, which exists once the role does."""
        return self._role_resource.attr_arn

    def schedule(self, id: str, schedule: str | ScheduleLike, *, timezone: str = "UTC") -> JobSchedule:
        """Run at the times of ``schedule``: ``cron(0 3 * * ? *)``, ``rate(1 day)``, ``at(…)`` or a CDK schedule.

        See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        grants = self.application.run_grants()
        grants.allow(
            "iam:PassRole",
            on=self.role_arn,
            when={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
        )
        return JobSchedule(
            self,
            id,
            call="emrserverless:startJobRun",
            words="job of Spark",
            schedule=schedule,
            timezone=timezone,
            request={
                "ApplicationId": self.application.id,
                # A call that is repeated starts one run.
                "ClientToken": "<aws.scheduler.execution-id>",
                **self._request,
            },
            grants=grants,
        )

    def _made_role(self, asset: s3_assets.Asset, bucket: s3.IBucket, folder: str, key: kms.IKey) -> iam.CfnRole:
        grants = Grants()
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        grant_read_objects(bucket, grants, f"{folder}/*")
        grant_replace_objects(bucket, grants, f"{folder}/*")
        grants.allow("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", on=key_arn(key))
        return service_role(
            self,
            service="emr-serverless.amazonaws.com",
            description=f"Runs the job of Spark {self.path}",
            grants=grants,
            conditions={"StringEquals": {"aws:SourceAccount": self.location.account}},
        )


def _script_problems(script: str, settings: Mapping[str, str]) -> Iterator[Problem | None]:
    path = Path(script)
    if path.suffix != ".py" or not path.is_file():
        yield Problem("script", f"must be a Python file that exists, got: {script!r}")
    for name, value in settings.items():
        yield matches(f"settings[{name}]", name, r"spark\.[\w.-]+", "a property of Spark")
        if name.startswith(("spark.driver.", "spark.executor.")) and name.endswith(_OWN):
            yield Problem(f"settings[{name}]", "is set by an option of the job")
        if any(letter.isspace() for letter in value):
            yield Problem(f"settings[{name}]", f"must be without spaces, which end it, got: {value!r}")


def _size_problems(
    application: EmrServerlessApplication, vcpus: int, memory_gb: int, max_executors: int
) -> Iterator[Problem | None]:
    if vcpus not in _MEMORY:
        yield Problem("vcpus", f"must be 1, 2, 4, 8 or 16 of a worker, got: {vcpus}")
        return
    least, most, step = _MEMORY[vcpus]
    yield in_range("memory_gb", memory_gb, least, most)
    if memory_gb % step:
        yield Problem("memory_gb", f"must be a multiple of {step} with {vcpus} vCPUs, got: {memory_gb}")
    yield in_range("max_executors", max_executors, 1, 1_000)
    # A driver and one executor are the least that runs.
    if 2 * vcpus > application.max_vcpus:
        yield Problem(
            "vcpus", f"must leave room for a driver and an executor in {application.max_vcpus}, got: {vcpus}"
        )
    if 2 * memory_gb > application.max_memory_gb:
        words = f"must leave room for a driver and an executor in {application.max_memory_gb}"
        yield Problem("memory_gb", f"{words}, got: {memory_gb}")


def _capitals(members: Mapping[str, object]) -> dict[str, object]:
    return {name[:1].upper() + name[1:]: value for name, value in members.items()}


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _smalls(value: object) -> object:
    if isinstance(value, dict):
        return {_small(name): _smalls(each) for name, each in cast("dict[str, object]", value).items()}
    return value
