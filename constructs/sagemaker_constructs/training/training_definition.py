"""A training job, defined once and run whenever it is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.jobs.job_instances import JobInstances
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)
from sagemaker_constructs.tracking.mlflow_tracking import MlflowTracking
from sagemaker_constructs.training.checkpoints import Checkpoints
from sagemaker_constructs.training.debugger.debugger import CLOSED, Debugger
from sagemaker_constructs.training.file_system_input import FileSystemInput
from sagemaker_constructs.training.spot_training import SpotTraining
from sagemaker_constructs.training.training_group import GroupedInstances, TrainingGroup
from sagemaker_constructs.training.training_input import TrainingInput
from sagemaker_constructs.training.training_program import BoundProgram, TrainingProgram

if TYPE_CHECKING:
    from sagemaker_constructs.training.watch.training_watch import TrainingWatch

_LONGEST_MINUTES = 28 * 24 * 60


class TrainingDefinition(JobDefinition):
    """What a training job runs, reads and writes; ``TrainingJob`` runs it when its stack is deployed.

    Outputs go to ``<output_prefix>/<job name>/output/`` in ``output``. Traffic between the nodes of a job with
    several instances is encrypted, and the container runs in network isolation. Output and instance volumes are
    encrypted with ``encryption_key`` (default: the stack's own ``EncryptionKey``); types with local NVMe disks
    encrypt those themselves and refuse a key.

    ``max_runtime`` defaults to 50 minutes (maximum: 28 days). ``metric_definitions`` maps a metric's name to the
    regular expression that finds it in the log. ``role`` defaults to a new role that can pull ``image``, read
    ``channels`` and write the output. ``environment`` are variables of the container, at most 100.

    ``spot`` trains on spare capacity, and ``checkpoints`` keep the progress of a job that may be interrupted.
    ``keep_alive`` retains the instances for the next job like this one, and is paid for (default: none; maximum: 60
    minutes). ``profiler`` collects system metrics of the instances through Debugger.

    ``tracking`` is the MLflow that the container tracks its run in: the images of this library by themselves, others
    by MLflow's client. They find it by ``MLFLOW_TRACKING_URI`` and ``MLFLOW_EXPERIMENT_NAME``, which ``environment``
    can set to another value; the experiment is by default called as the jobs are. It takes a network:
    ``network_isolation=False``, and a way from a VPC to MLflow. ``arguments``
    are what the container is started with in place of ``train``, at most 100.

    ``debugger`` is for accounts that used Debugger before it was closed to new customers, and warns of that.

    ``instance_groups`` are instances of up to five types, in place of ``instance_type`` and ``instance_count``.

    ``source`` is a program of your own that the image runs in place of its own one: a ``Notebook``, or ``SourceCode``
    with ``arguments`` of its script or command. It takes the place of one of the 20 channels.

    ``watch`` looks at its jobs while they run: they get a tag with its name, and the report lies beside the model.

    Provisions: an ``AWS::IAM::Role`` unless ``role`` is given, and nothing that runs. ``source`` is an asset.
    Raises ``InvalidInput`` for unknown instance types, sizes and counts that SageMaker refuses, more than 100
    hyperparameters, more than 40 metrics, a ``max_runtime`` over 28 days, a Spot job that waits for less than it
    runs, channels that SageMaker refuses, files of ``source`` that are not there, ``tracking`` or requirements in
    network isolation, or a ``watch`` with rules on metrics that are not reported.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """

    kind: ClassVar[str] = "TrainingJob"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage,
        output: s3.IBucket,
        instance_type: str | None = None,
        encryption_key: kms.IKey | None = None,
        instance_count: int = 1,
        volume_gib: int = 10,
        output_prefix: str = "training",
        channels: Mapping[str, TrainingInput | FileSystemInput] | None = None,
        hyperparameters: Mapping[str, str] | None = None,
        metric_definitions: Mapping[str, str] | None = None,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        checkpoints: Checkpoints | None = None,
        spot: SpotTraining | None = None,
        keep_alive: Duration | None = None,
        network_isolation: bool = True,
        profiler: bool = False,
        tracking: MlflowTracking | None = None,
        arguments: Sequence[str] = (),
        watch: "TrainingWatch | None" = None,
        debugger: Debugger | None = None,
        source: TrainingProgram | None = None,
        instance_groups: Sequence[TrainingGroup] = (),
    ) -> None:
        super().__init__(scope, id)
        parameters = dict(hyperparameters or {})
        metrics = dict(metric_definitions or {})
        inputs = dict(channels or {})
        self.max_runtime: Duration = max_runtime or minutes(50)
        runtime = seconds_of(self.max_runtime)
        words = source.arguments(arguments) if source else [*arguments]
        instances = (
            GroupedInstances(instance_groups, volume_gib, placement)
            if instance_groups
            else JobInstances(instance_type or "", instance_count, volume_gib, placement)
        )
        variables = {**(tracking.environment(self.name_prefix) if tracking else {}), **(environment or {})}
        reject(
            self,
            [
                *_instance_problems(instance_type, instance_count, instance_groups),
                *(instances.problems("TrainingInstanceType") if instance_type or instance_groups else ()),
                in_range("max_runtime", runtime / 60, 1, _LONGEST_MINUTES, unit="minutes"),
                no_more_than("channels", list(inputs), 19 if source else 20),
                no_more_than("metric_definitions", list(metrics), 40),
                *(
                    matches("channels", name, r"[A-Za-z0-9.\-_]{1,64}", "named with letters, digits, . - _")
                    for name in inputs
                ),
                *_channel_problems(inputs),
                *_hyperparameter_problems(parameters),
                no_more_than("environment", list(variables), 100),
                no_more_than("arguments", words, 100),
                *_argument_problems(words),
                _isolation_problem(tracking, network_isolation),
                *_watch_problems(watch, metrics),
                *within("debugger", debugger.problems(self.location, self.name_prefix) if debugger else ()),
                *within("source", source.problems() if source else ()),
                *_source_problems(source, inputs),
                *(source.run_problems(arguments, parameters, network_isolation) if source else ()),
            ],
        )
        self.output = output
        self.source: TrainingProgram | None = source
        self.output_prefix: str = output_prefix.strip("/")
        self.encryption_key: kms.IKey = encryption_key or EncryptionKey.of(self)
        self.volume_key: kms.IKey | None = instances.volume_key(self.encryption_key)
        grants = Grants()
        image_uri = image.bind(self, grants)
        for channel in inputs.values():
            channel.grant_read(grants)
        named = any(isinstance(each, TrainingInput) and each.instance_groups for each in inputs.values())
        groups = [each.name for each in instance_groups] if named else []
        bound = source.bind(self, grants, groups) if source else BoundProgram({}, ())
        program = {"ContainerEntrypoint": [*bound.entry_point], "ContainerArguments": words}
        grant_write_objects(output, grants, f"{self.output_prefix}/*")
        # The artifact is encrypted with this key, whatever key its bucket has.
        grants.allow("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", on=key_arn(self.encryption_key))
        if checkpoints:
            checkpoints.grant(grants)
        if tracking:
            grants.include(tracking.log_grants())
        if debugger:
            debugger.grant(self.location, grants, self.name_prefix)
            grant_read_objects(output, grants, f"{self.output_prefix}/*")
            Annotations.of(self).add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")
        instances.grant(self, self.encryption_key, grants)
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the training job {self.path}",
            log_groups=["/aws/sagemaker/TrainingJobs"],
            grants=grants,
        )
        output_url = bucket_facts(output).url(self.output_prefix)
        resources: dict[str, object] = {
            **instances.request(self.encryption_key),
            "KeepAlivePeriodInSeconds": seconds_of(keep_alive) if keep_alive else None,
        }
        own_tags = {**(tags or {}), **(watch.tags if watch else {}), **bound.tags}
        limits = {
            "MaxRuntimeInSeconds": runtime,
            "MaxWaitTimeInSeconds": seconds_of(spot.max_wait) if spot else None,
        }
        self.request: Mapping[str, object] = without_empty(
            {
                "AlgorithmSpecification": {
                    "TrainingImage": image_uri,
                    "TrainingInputMode": "File",
                    **without_empty(program),
                    "MetricDefinitions": [{"Name": name, "Regex": regex} for name, regex in metrics.items()],
                },
                "CheckpointConfig": checkpoints.request() if checkpoints else None,
                "EnableInterContainerTrafficEncryption": instances.count > 1,
                "EnableManagedSpotTraining": True if spot else None,
                "EnableNetworkIsolation": network_isolation,
                "Environment": {**variables, **bound.environment},
                "HyperParameters": parameters,
                "InputDataConfig": [
                    *(channel.channel(name) for name, channel in inputs.items()),
                    *([bound.channel] if source else []),
                ],
                "OutputDataConfig": {
                    "S3OutputPath": output_url,
                    "KmsKeyId": key_arn(self.encryption_key),
                },
                "ResourceConfig": without_empty(resources),
                "RoleArn": self._execution_role.arn,
                "ProfilerConfig": None if profiler else {"DisableProfiler": True},
                "StoppingCondition": without_empty(limits),
                "Tags": [{"Key": key, "Value": value} for key, value in own_tags.items()],
                "VpcConfig": instances.vpc,
                **(debugger.request(self.location, output_url, self.name_prefix) if debugger else {}),
            }
        )
        names = {
            "StoppingCondition": "spot",
            "MaxWaitTimeInSeconds": "max_wait",
            "ResourceConfig.KeepAlivePeriodInSeconds": "keep_alive",
            "ResourceConfig": "",
            "InputDataConfig": "channels",
            "DataSource": "",
            "S3DataSource": "",
            "FileSystemDataSource": "",
            "DirectoryPath": "directory",
            "InstanceGroupNames": "instance_groups",
            "VpcConfig": "placement",
            "AttributeNames": "attributes",
            "RecordWrapperType": "record_wrapper",
            "DebugRuleConfigurations": "debugger.rules",
            "RuleConfigurationName": "name",
        }
        reject(self, rule_problems("CreateTrainingJob", self.request, names=names))
        if watch:
            watch.follow(self, output)

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What the job runs as."""
        return self._execution_role


def _instance_problems(type_: str | None, count: int, groups: Sequence[TrainingGroup]) -> Iterator[Problem]:
    if groups and (type_ or count != 1):
        yield Problem("instance_groups", f"take the place of instance_type and instance_count, got: {type_}, {count}")
    if not groups and not type_:
        yield Problem("instance_type", "must be given where there are no instance_groups, got: none")


def _channel_problems(channels: Mapping[str, TrainingInput | FileSystemInput]) -> Iterator[Problem]:
    for name, channel in channels.items():
        if isinstance(channel, FileSystemInput):
            yield from within(f"channels[{name!r}]", channel.problems())


def _argument_problems(arguments: Sequence[str]) -> Iterator[Problem]:
    for each in arguments:
        if not is_token(each) and len(each) > 256:
            yield Problem("arguments", f"must have at most 256 characters each, got: {len(each)}")


def _hyperparameter_problems(parameters: Mapping[str, str]) -> Iterator[Problem | None]:
    yield no_more_than("hyperparameters", list(parameters), 100)
    for name, value in parameters.items():
        if len(name) > 256:
            yield Problem("hyperparameters", f"may have names of at most 256 characters, got: {len(name)}")
        if not is_token(value) and len(value) > 2500:
            yield Problem("hyperparameters", f"{name} may have at most 2500 characters, got: {len(value)}")


def _watch_problems(watch: "TrainingWatch | None", metrics: Mapping[str, str]) -> Iterator[Problem]:
    for number, rule in enumerate(watch.rules if watch else ()):
        yield from within(f"watch.rules[{number}]", rule.metric_problems(metrics))


def _isolation_problem(tracking: MlflowTracking | None, network_isolation: bool) -> Problem | None:
    if tracking is None or not network_isolation:
        return None
    return Problem(
        "network_isolation", "must be False for tracking: an isolated container cannot reach MLflow, got: True"
    )


def _source_problems(source: TrainingProgram | None, channels: Iterable[str]) -> Iterator[Problem]:
    if source and source.channel in channels:
        words = f"must not name one {source.channel!r}, which is that of the source, got: {', '.join(channels)}"
        yield Problem("channels", words)
