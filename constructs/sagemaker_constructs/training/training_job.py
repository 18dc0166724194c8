"""A training job that runs when its stack is deployed."""

from collections.abc import Iterator, Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.execution_role import ExecutionRole
from sagemaker_constructs.core.instance_types import has_local_storage
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, is_token, matches, no_more_than, one_of, reject
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.core.volume_encryption import grant_volumes
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_provider import JobProvider
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.object_access import grant_write_objects
from sagemaker_constructs.training.training_input import TrainingInput


class TrainingJob(Construct):
    """Trains once per change: at creation, and again whenever image, data location or a parameter changes.

    Outputs go to ``<output_prefix>/<job name>/output/`` in ``output``. The deployment waits for the job, and
    CloudFormation waits at most an hour; longer training belongs into a pipeline. A failed job fails the
    deployment with its FailureReason; deleting the stack, or a rollback, stops a running job. Traffic between
    the nodes of a job with several instances is encrypted, and the container runs in network isolation.

    ``max_runtime`` defaults to 50 minutes. ``metric_definitions`` maps a metric's name to the regular expression
    that finds it in the log.
    ``role`` defaults to a new role that can pull ``image``, read ``channels`` and write the output.

    Provisions: ``Custom::SageMakerTrainingJob`` (see ``JobProvider``) and an ``AWS::IAM::Role``.
    Raises ``InvalidInput`` for unknown instance types, sizes and counts that SageMaker refuses, more than 100
    hyperparameters, more than 40 metrics, or ``max_runtime`` over 55 minutes.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage,
        output: s3.IBucket,
        encryption_key: kms.IKey,
        instance_type: str,
        instance_count: int = 1,
        volume_gib: int = 10,
        output_prefix: str = "training",
        channels: Mapping[str, TrainingInput] | None = None,
        hyperparameters: Mapping[str, str] | None = None,
        metric_definitions: Mapping[str, str] | None = None,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        parameters = dict(hyperparameters or {})
        metrics = dict(metric_definitions or {})
        inputs = dict(channels or {})
        runtime = max_runtime or Duration.minutes(50)
        reject(
            self,
            [
                one_of("instance_type", instance_type, enum_values("TrainingInstanceType")),
                in_range("instance_count", instance_count, 1, 100),
                in_range("volume_gib", volume_gib, 1, 16_384),
                in_range("max_runtime", runtime.to_minutes(), 1, 55, unit="minutes"),
                no_more_than("channels", list(inputs), 20),
                no_more_than("metric_definitions", list(metrics), 40),
                *(
                    matches("channels", name, r"[A-Za-z0-9.\-_]{1,64}", "named with letters, digits, . - _")
                    for name in inputs
                ),
                *_hyperparameter_problems(parameters),
            ],
        )
        self.role = (
            role
            or ExecutionRole(
                self,
                "ExecutionRole",
                description=f"Runs the training job {self.node.path}",
                log_groups=["/aws/sagemaker/TrainingJobs"],
            ).role
        )
        self._output = output
        self._output_prefix = output_prefix.strip("/")
        image_uri = image.bind(self, self.role)
        for channel in inputs.values():
            channel.grant_read(self.role)
        grant_write_objects(output, self.role, f"{self._output_prefix}/*")
        if placement:
            placement.grant_network_interfaces(self.role)

        resources: dict[str, object] = {
            "InstanceType": instance_type,
            "InstanceCount": instance_count,
            "VolumeSizeInGB": volume_gib,
        }
        provider = JobProvider.of(self)
        if not has_local_storage(instance_type):
            resources["VolumeKmsKeyId"] = encryption_key.key_arn
            grant_volumes(encryption_key, self.role)
            provider.grant_key(encryption_key)
        request: dict[str, object] = {
            "AlgorithmSpecification": {
                "TrainingImage": image_uri,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": name, "Regex": regex} for name, regex in metrics.items()],
            },
            "EnableInterContainerTrafficEncryption": instance_count > 1,
            "EnableNetworkIsolation": True,
            "HyperParameters": parameters,
            "InputDataConfig": [channel.channel(name) for name, channel in inputs.items()],
            "OutputDataConfig": {
                "S3OutputPath": output.s3_url_for_object(self._output_prefix),
                "KmsKeyId": encryption_key.key_arn,
            },
            "ResourceConfig": resources,
            "RoleArn": self.role.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": runtime.to_seconds()},
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        }
        if placement:
            request["VpcConfig"] = {
                "Subnets": placement.subnet_ids,
                "SecurityGroupIds": placement.security_group_ids,
            }
        job = provider.run(
            self,
            kind="TrainingJob",
            name_prefix=physical_name(self, 46),
            request={key: value for key, value in request.items() if value not in ({}, [])},
            role=self.role,
        )
        self.job_name: str = job.ref
        self.artifact_url: str = job.get_att_string("ModelArtifactUrl")

    @property
    def artifact(self) -> ModelArtifact:
        """The trained model, for a ``Model`` in the same app."""
        return ModelArtifact.from_url(self.artifact_url, bucket=self._output, prefix=self._output_prefix)


def _hyperparameter_problems(parameters: Mapping[str, str]) -> Iterator[Problem | None]:
    yield no_more_than("hyperparameters", list(parameters), 100)
    for name, value in parameters.items():
        if len(name) > 256:
            yield Problem("hyperparameters", f"may have names of at most 256 characters, got: {len(name)}")
        if not is_token(value) and len(value) > 2500:
            yield Problem("hyperparameters", f"{name} may have at most 2500 characters, got: {len(value)}")
