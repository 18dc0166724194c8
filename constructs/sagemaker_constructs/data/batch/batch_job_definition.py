"""What a job of AWS Batch is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.grants import Grants, attach
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import depend
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, one_of, reject, within
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.data.batch.batch_container import BatchContainer
from sagemaker_constructs.data.batch.batch_job_size import BatchJobSize, Platform
from sagemaker_constructs.data.batch.batch_retries import BatchRetries
from sagemaker_constructs.data.batch.submitted_job import SubmittedJob
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_definition import without_empty
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.observability.retained_logs import ONE_YEAR, retention_problem
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn

_CONFIGURATION = "PROCESSING_JOB_CONFIG"
_USUAL_SIZE, _USUAL_RETRIES = BatchJobSize(), BatchRetries()
_NAMES = {
    "containerProperties": "",
    "resourceRequirements": "size",
    "ephemeralStorage": "size",
    "sizeInGiB": "storage_gib",
    "retryStrategy": "retries",
    "evaluateOnExit": "exit_codes",
    "timeout": "",
    "attemptDurationSeconds": "max_runtime",
}


class BatchJobDefinition(SubmittedJob):
    """A job of AWS Batch: an image with its command, what it may read and write, and what it takes.

    ``command`` are the words after the image's entry point; ``Ref::name`` among them is a parameter of each job, with
    ``parameters`` as defaults. ``inputs`` and ``outputs`` are those of a processing job, so that an image of
    ``containers/`` runs here as it does there, with ``command=["process", …]``: the variable
    ``PROCESSING_JOB_CONFIG`` tells it of them, and it takes inputs from S3 and writes outputs. Of an array, each job
    has its share of an input that is ``ShardedByS3Key``, and writes below a folder that is called as its index. Other
    images read that variable, or S3, themselves. ``secrets`` become variables of the container.

    ``platform`` is that of the queue. A job ends after ``max_runtime``, an hour by default; ``retries`` say what is
    tried again. The root of the container is read only, except for ``writable`` folders, and it has no privileges.
    ``public_address`` is for subnets whose way out is an internet gateway.

    Logs are kept for ``log_retention_days`` in a group of their own, encrypted with ``encryption_key``, which has to
    let CloudWatch Logs use it and is by default the stack's own ``EncryptionKey``; they stay when the stack goes,
    unless ``log_removal_policy`` says otherwise. ``role`` is what jobs run as; by default a new one that may read
    ``inputs`` and write ``outputs``.

    A change registers a new revision, and the one before is no longer active. Jobs are submitted by the definition's
    name, so that they run the newest, and so that no other stack holds an old one.

    Provisions: one ``AWS::Batch::JobDefinition``, an ``AWS::IAM::Role`` that starts the container, one that it runs
    as unless ``role`` is given, and an ``AWS::Logs::LogGroup``.
    Raises ``InvalidInput`` for what Batch refuses, such as sizes that Fargate does not have.

    See https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html and
    https://docs.aws.amazon.com/batch/latest/userguide/fargate-job-definitions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage,
        command: Sequence[str] = (),
        parameters: Mapping[str, str] | None = None,
        inputs: Mapping[str, ProcessingInput] | None = None,
        outputs: Mapping[str, ProcessingOutput] | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, secretsmanager.ISecret] | None = None,
        platform: Platform = "FARGATE",
        size: BatchJobSize = _USUAL_SIZE,
        max_runtime: Duration | None = None,
        retries: BatchRetries = _USUAL_RETRIES,
        writable: Sequence[str] = ("/opt/ml", "/tmp"),
        public_address: bool = False,
        log_retention_days: int = ONE_YEAR,
        log_removal_policy: RemovalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        encryption_key: kms.IKey | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        read, written = dict(inputs or {}), dict(outputs or {})
        self.max_runtime: Duration = max_runtime or minutes(60)
        checked: dict[str, Any] = {
            "platformCapabilities": [platform],
            "containerProperties": without_empty(
                {
                    "resourceRequirements": size.requirements(),
                    "environment": [{"name": name, "value": value} for name, value in (environment or {}).items()],
                    "ephemeralStorage": {"sizeInGiB": size.storage_gib} if size.storage_gib is not None else None,
                }
            ),
            "retryStrategy": retries.request(),
            "timeout": {"attemptDurationSeconds": seconds_of(self.max_runtime)},
        }
        reject(
            self,
            [
                *request_problems("RegisterJobDefinition", checked, _NAMES),
                one_of("platform", platform, get_args(Platform)),
                *within("size", size.problems(platform)),
                Problem("public_address", "is for Fargate: instances have the addresses that their subnets give")
                if public_address and platform == "EC2"
                else None,
                *_argument_problems(read, written, writable, environment or {}, secrets or {}),
                retention_problem("log_retention_days", log_retention_days),
            ],
        )
        self.name: str = physical_name(self, 128)
        self.platform: Platform = platform
        self.outputs: Mapping[str, ProcessingOutput] = written
        grants = Grants()
        for each in read.values():
            each.grant_read(grants)
        for each in written.values():
            each.grant_write(grants)
        self._role, self._role_resource = role, None
        waits = [attach(self, "Policy", role, grants)] if role else []
        if role is None:
            self._role_resource = self._made_role("JobRole", f"Runs jobs of {self.path}", grants, confined=True)
        key = encryption_key or EncryptionKey.of(self)
        group = logs.CfnLogGroup(self, "Logs", kms_key_id=key_arn(key), retention_in_days=log_retention_days)
        group.apply_removal_policy(log_removal_policy)
        starting = Grants()
        image_uri = image.bind(self, starting)
        starting.allow("logs:CreateLogStream", "logs:PutLogEvents", on=group.attr_arn)
        for secret in (secrets or {}).values():
            starting.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
            if secret.encryption_key:
                starting.allow("kms:Decrypt", on=key_arn(secret.encryption_key))
        execution = self._made_role("ExecutionRole", f"Starts jobs of {self.path}", starting)
        container = BatchContainer(
            image=image_uri,
            command=command,
            architecture=image.architecture or "amd64",
            platform=platform,
            variables=self._variables(environment or {}, read, written),
            secrets={name: secret.secret_arn for name, secret in (secrets or {}).items()},
            writable=writable,
            public_address=public_address,
        )
        roles = {"jobRoleArn": self.role_arn, "executionRoleArn": execution.attr_arn}
        log = {
            "awslogs-group": group.ref,
            "awslogs-region": self.location.region,
            "awslogs-stream-prefix": self.name,
        }
        properties = {**checked["containerProperties"], **container.properties(), **roles}
        properties["logConfiguration"] = {"logDriver": "awslogs", "options": log}
        self._resource = batch.CfnJobDefinition(
            self,
            "Resource",
            job_definition_name=self.name,
            type="container",
            platform_capabilities=[platform],
            container_properties=properties,
            parameters=dict(parameters) if parameters else None,
            propagate_tags=True,
            retry_strategy=checked["retryStrategy"],
            timeout=checked["timeout"],
        )
        depend(self._resource, *[each for each in waits if each])
        self.registered: IDependable = self._resource

    @property
    def revision(self) -> str:
        """The ARN of the revision of this deployment, which the next one may deregister."""
        return self._resource.ref

    @property
    def role_arn(self) -> str:
        """The ARN of the role that jobs run as."""
        return self._role_resource.attr_arn if self._role_resource else self.role.role_arn

    @property
    def role(self) -> iam.IRole:
        """The role that jobs run as, for grants of other constructs."""
        if self._role is None:
            assert self._role_resource is not None
            self._role = iam.Role.from_role_name(self, "Reference", self._role_resource.ref)
        return self._role

    def _variables(
        self,
        environment: Mapping[str, str],
        read: Mapping[str, ProcessingInput],
        written: Mapping[str, ProcessingOutput],
    ) -> dict[str, str]:
        described: dict[str, object] = {
            "ProcessingInputs": [each.request(name) for name, each in read.items()],
            "ProcessingOutputConfig": {"Outputs": [each.request(name) for name, each in written.items()]},
        }
        told = {_CONFIGURATION: json_text(self, described)} if read or written else {}
        # ECS names the region on Fargate only.
        return {"AWS_REGION": self.location.region, **told, **environment}

    def _made_role(self, id: str, description: str, grants: Grants, *, confined: bool = False) -> iam.CfnRole:
        location = self.location
        conditions = {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("ecs", "*")},
        }
        # ECS documents these keys for the role that a task runs as, and not for the one that starts it.
        return service_role(
            self,
            id,
            service="ecs-tasks.amazonaws.com",
            description=description,
            grants=grants,
            conditions=conditions if confined else None,
        )


def _argument_problems(
    read: Mapping[str, ProcessingInput],
    written: Mapping[str, ProcessingOutput],
    writable: Sequence[str],
    environment: Mapping[str, str],
    secrets: Mapping[str, object],
) -> Iterator[Problem | None]:
    named = "named with letters, digits, . - _"
    for path, names in (("inputs", read), ("outputs", written)):
        yield from (matches(path, name, r"[A-Za-z0-9.\-_]{1,64}", named) for name in names)
    for at, path in enumerate(writable):
        yield matches(f"writable[{at}]", path, r"(/[\w.-]+)+", "the absolute path of a folder")
    for name in secrets:
        if name in environment:
            yield Problem(f"secrets[{name}]", "is a variable of environment, too")
    if _CONFIGURATION in environment and (read or written):
        yield Problem(f"environment[{_CONFIGURATION}]", "is set by inputs and outputs")
