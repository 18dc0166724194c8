"""A Spark job of Glue, from a script of the repository."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from aws_cdk import Annotations, Duration
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name, short_hash
from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, reject, seconds_between
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.storage.encrypted_bucket import EncryptedBucket
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_replace_objects,
    key_arn,
)

GlueVersion = Literal["5.1", "6.0"]
SparkWorker = Literal["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"]
_LEAST_WORKERS, _MOST_WORKERS = 2, 299
_MOST_RETRIES, _MOST_RUNS = 10, 1000
_LONGEST_SECONDS = 7 * 24 * 3600
_OWN = frozenset(
    (
        "JOB_NAME",
        "TempDir",
        "additional-python-modules",
        "conf",
        "debug",
        "job-bookmark-option",
        "job-language",
        "mode",
    )
)
_CHOSEN = "Glue names the log groups and streams at run time."


class SparkJob(BaseConstruct):
    """A Spark job of Glue that runs ``script``, a Python file, published as an asset.

    ``arguments`` are those of every run, without ``--``; the script reads them by ``getResolvedOptions``, and a run
    may have others. ``python_modules`` are installed before it, each as ``name==version``. ``bookmarks`` let runs go
    on where the last one ended, for sources that the script reads through ``GlueContext``.

    ``workers`` of ``worker_type`` are billed by the second, a minute at least; ``flexible`` ones are cheaper, and
    wait for capacity. A run ends after ``timeout``, an hour by default, and is tried again ``max_retries`` times.
    ``max_concurrent_runs`` at most run at a time. ``temporary`` is a bucket for what Spark spills, below ``glue/``.

    ``encryption_key`` encrypts logs, bookmarks and what the job writes to S3; CloudWatch Logs must be allowed to use
    it. It and ``temporary`` default to the stack's own. Grant the role what the script reads and writes by
    ``job.role``, such as ``orders.grant_read(job.role)``.

    ``glue_version`` ``"6.0"`` is Spark 4.1: the Iceberg tables of format version 3 that it makes cannot be read by
    earlier versions again.

    Provisions: one ``AWS::Glue::Job``, an ``AWS::Glue::SecurityConfiguration`` and an ``AWS::IAM::Role``.
    Warns as ``sagemaker-constructs:one-way`` about Glue 6.0.
    Raises ``InvalidInput`` for what Glue refuses, and for arguments that options stand for.

    See https://docs.aws.amazon.com/glue/latest/dg/add-job.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        script: str,
        arguments: Mapping[str, str] | None = None,
        python_modules: Sequence[str] = (),
        bookmarks: bool = False,
        glue_version: GlueVersion = "5.1",
        worker_type: SparkWorker = "G.1X",
        workers: int = 2,
        flexible: bool = False,
        timeout: Duration | None = None,
        max_retries: int = 0,
        max_concurrent_runs: int = 1,
        temporary: s3.IBucket | None = None,
        encryption_key: kms.IKey | None = None,
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        given, longest = arguments or {}, timeout or minutes(60)
        execution_class = "FLEX" if flexible else "STANDARD"
        judged = {"ExecutionClass": execution_class, "WorkerType": worker_type}
        reject(
            self,
            [
                *_program_problems(script, given, python_modules),
                one_of("glue_version", glue_version, get_args(GlueVersion)),
                one_of("worker_type", worker_type, get_args(SparkWorker)),
                in_range("workers", workers, _LEAST_WORKERS, _MOST_WORKERS),
                in_range("max_retries", max_retries, 0, _MOST_RETRIES),
                in_range("max_concurrent_runs", max_concurrent_runs, 1, _MOST_RUNS),
                seconds_between("timeout", longest, 60, _LONGEST_SECONDS),
                *request_problems("CreateJob", judged, {"ExecutionClass": "flexible"}),
            ],
        )
        bucket, key = temporary or EncryptedBucket.of(self), encryption_key or EncryptionKey.of(self)
        asset = s3_assets.Asset(
            self, "Script", path=str(Path(script).resolve()), display_name=f"Script of {self.path}"
        )
        folder = f"glue/{physical_name(self, 100)}"
        self._role_resource = self._made_role(asset, bucket, folder, key)
        self._role: iam.IRole | None = None
        secured = glue.CfnSecurityConfiguration(
            self,
            "Security",
            # It cannot be changed, and has to have a name: another key makes another one.
            name=f"{physical_name(self, 200)}-{short_hash(path_of(key))}",
            encryption_configuration={
                "cloudWatchEncryption": {"cloudWatchEncryptionMode": "SSE-KMS", "kmsKeyArn": key_arn(key)},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": key_arn(key)},
                "s3Encryptions": [{"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": key_arn(key)}],
            },
        )
        passed: dict[str, str] = {
            "--job-language": "python",
            "--job-bookmark-option": f"job-bookmark-{'enable' if bookmarks else 'disable'}",
            "--TempDir": f"{bucket_facts(bucket).url(folder)}/",
            "--enable-continuous-cloudwatch-log": "true",
            "--enable-metrics": "true",
        }
        if python_modules:
            passed["--additional-python-modules"] = ",".join(python_modules)
        self._resource = glue.CfnJob(
            self,
            "Resource",
            command={"name": "glueetl", "pythonVersion": "3", "scriptLocation": asset.s3_object_url},
            role=self._role_resource.attr_arn,
            default_arguments=passed | {f"--{name}": value for name, value in given.items()},
            description=description,
            execution_class=execution_class,
            execution_property={"maxConcurrentRuns": max_concurrent_runs},
            glue_version=glue_version,
            max_retries=max_retries,
            number_of_workers=workers,
            security_configuration=secured.ref,
            timeout=seconds_of(longest) // 60,
            worker_type=worker_type,
        )
        depend(self._resource, secured)
        if glue_version == "6.0":
            Annotations.of(self).add_warning_v2(
                "sagemaker-constructs:one-way",
                f"{self.path} runs on Glue 6.0: Iceberg tables of format version 3 that it makes cannot be read by "
                "earlier versions",
            )

    @property
    def name(self) -> str:
        """The job's name, which CloudFormation makes."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return self.location.arn("glue", "job", name=self.name)

    @property
    def role(self) -> iam.IRole:
        """The role that the script runs as, for grants of other constructs."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self, "Reference", self._role_resource.ref)
        return self._role

    def grant_run(self, role: iam.IRole) -> None:
        """Let ``role`` start runs, see how they go, and stop them."""
        grants = Grants()
        grants.allow("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun", on=self.arn)
        give(role, grants)

    def _made_role(self, asset: s3_assets.Asset, bucket: s3.IBucket, folder: str, key: kms.IKey) -> iam.CfnRole:
        grants = Grants()
        grant_read_objects(asset.bucket, grants, asset.s3_object_key)
        grant_read_objects(bucket, grants, f"{folder}/*")
        grant_replace_objects(bucket, grants, f"{folder}/*")
        grants.allow("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", on=key_arn(key))
        grants.allow(
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=self.location.arn("logs", "log-group", separator=":", name="/aws-glue/jobs/*"),
            because=_CHOSEN,
        )
        grants.allow(
            "cloudwatch:PutMetricData",
            on="*",
            when={"StringEquals": {"cloudwatch:namespace": "Glue"}},
            because="cloudwatch:PutMetricData is not available for a single resource; it is limited by namespace.",
        )
        # Glue documents no condition keys that it sends when it assumes a role.
        return service_role(
            self, service="glue.amazonaws.com", description=f"Runs the Spark job {self.path}", grants=grants
        )


def _program_problems(script: str, arguments: Mapping[str, str], modules: Sequence[str]) -> Iterator[Problem | None]:
    path = Path(script)
    if path.suffix != ".py" or not path.is_file():
        yield Problem("script", f"must be a Python file that exists, got: {script!r}")
    for name in arguments:
        if name in _OWN or name.startswith("enable-"):
            yield Problem(f"arguments[{name}]", "is set by an option of the job, or by Glue itself")
        else:
            yield matches(f"arguments[{name}]", name, r"[A-Za-z_][\w-]*", "letters, digits, hyphens and underscores")
    for index, each in enumerate(modules):
        if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[\w.!+-]+", each):
            words = f"must be name==version, so that every run has the same, got: {each!r}"
            yield Problem(f"python_modules[{index}]", words)
