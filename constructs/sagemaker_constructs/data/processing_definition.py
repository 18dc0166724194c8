"""A processing job, defined once and run whenever it is due."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import in_range, matches, no_more_than, reject
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.jobs.job_instances import JobInstances
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import key_arn

_LONGEST_MINUTES = 9 * 24 * 60
_NAME = r"[A-Za-z0-9.\-_]{1,64}"


class ProcessingDefinition(JobDefinition):
    """What a processing job runs, reads and writes; ``ProcessingJob`` runs it when its stack is deployed.

    Each of ``inputs`` is a folder below ``/opt/ml/processing/input``, each of ``outputs`` one below
    ``/opt/ml/processing/output``, by name. ``entrypoint`` and ``arguments`` replace those of the image. The container
    runs in network isolation, and traffic between several instances is encrypted. Outputs and instance volumes are
    encrypted with ``encryption_key`` (default: the stack's own ``EncryptionKey``); types with local NVMe disks
    encrypt those themselves and refuse a key.

    ``max_runtime`` defaults to 50 minutes (maximum: 9 days). ``environment`` are variables of the container, at most
    100. ``role`` defaults to a new role that can pull ``image``, read ``inputs`` and write ``outputs``.

    Provisions: an ``AWS::IAM::Role`` unless ``role`` is given, and nothing that runs.
    Raises ``InvalidInput`` for unknown instance types, and for sizes, counts and names that SageMaker refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
    """

    kind: ClassVar[str] = "ProcessingJob"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage,
        instance_type: str,
        inputs: Mapping[str, ProcessingInput] | None = None,
        outputs: Mapping[str, ProcessingOutput] | None = None,
        entrypoint: Sequence[str] = (),
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        encryption_key: kms.IKey | None = None,
        instance_count: int = 1,
        volume_gib: int = 10,
        placement: VpcPlacement | None = None,
        network_isolation: bool = True,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        read, written = dict(inputs or {}), dict(outputs or {})
        self.max_runtime: Duration = max_runtime or minutes(50)
        runtime = seconds_of(self.max_runtime)
        named = "named with letters, digits, . - _"
        instances = JobInstances(instance_type, instance_count, volume_gib, placement)
        reject(
            self,
            [
                *instances.problems("ProcessingInstanceType"),
                in_range("max_runtime", runtime / 60, 1, _LONGEST_MINUTES, unit="minutes"),
                no_more_than("inputs", [*read], 10),
                no_more_than("outputs", [*written], 10),
                no_more_than("entrypoint", entrypoint, 100),
                no_more_than("arguments", arguments, 100),
                no_more_than("environment", [*(environment or {})], 100),
                *(matches("inputs", name, _NAME, named) for name in read),
                *(matches("outputs", name, _NAME, named) for name in written),
            ],
        )
        self.outputs: Mapping[str, ProcessingOutput] = written
        key = encryption_key or EncryptionKey.of(self)
        self.encryption_key: kms.IKey = key
        self.volume_key: kms.IKey | None = instances.volume_key(key)
        grants = Grants()
        image_uri = image.bind(self, grants)
        for each in read.values():
            each.grant_read(grants)
        for each in written.values():
            each.grant_write(grants)
        if written:
            # Outputs are encrypted with this key, whatever key their buckets have.
            grants.allow("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", on=key_arn(key))
        instances.grant(self, key, grants)
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the processing job {self.path}",
            log_groups=["/aws/sagemaker/ProcessingJobs"],
            grants=grants,
        )
        application: dict[str, object] = {
            "ImageUri": image_uri,
            "ContainerEntrypoint": [*entrypoint],
            "ContainerArguments": [*arguments],
        }
        network: dict[str, object] = {
            "EnableInterContainerTrafficEncryption": instance_count > 1,
            "EnableNetworkIsolation": network_isolation,
            "VpcConfig": instances.vpc,
        }
        results = {"Outputs": [each.request(name) for name, each in written.items()], "KmsKeyId": key_arn(key)}
        self.request: Mapping[str, object] = without_empty(
            {
                "AppSpecification": without_empty(application),
                "Environment": dict(environment or {}),
                "NetworkConfig": without_empty(network),
                "ProcessingInputs": [each.request(name) for name, each in read.items()],
                "ProcessingOutputConfig": results if written else None,
                "ProcessingResources": {"ClusterConfig": instances.request(key)},
                "RoleArn": self._execution_role.arn,
                "StoppingCondition": {"MaxRuntimeInSeconds": runtime},
                "Tags": [{"Key": name, "Value": value} for name, value in (tags or {}).items()],
            }
        )

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What the job runs as."""
        return self._execution_role
