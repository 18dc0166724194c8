"""An Autopilot job, defined once and run whenever it is due."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, one_of, reject
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)
from sagemaker_constructs.storage.volume_encryption import grant_volumes
from sagemaker_constructs.training.automl.auto_ml_input import AutoMLInput
from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem

_STARTED = ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
_LONGEST_DAYS = 28
_ARGUMENTS = {
    "AutoMLProblemTypeConfig": "",
    "CompletionCriteria": "",
    "AutoMLJobObjective": "",
    "MetricName": "problem.metric",
    "MaxCandidates": "max_candidates",
    **dict.fromkeys(
        (
            "TabularJobConfig",
            "ImageClassificationJobConfig",
            "TextClassificationJobConfig",
            "TimeSeriesForecastingJobConfig",
            "TextGenerationJobConfig",
        ),
        "",
    ),
    "ProblemType": "problem.kind",
}
"""Arguments by the members of the request that are made of them."""


class AutoMLDefinition(JobDefinition):
    """What Autopilot searches a model for, and until when; ``AutoMLJob`` runs it when its stack is deployed.

    ``problem`` says what is predicted from ``data``; ``validation`` is data that judges the candidates (default: a
    part of ``data``, chosen by Autopilot). ``max_candidates`` models are tried: 10 by default and up to 750 for
    tables, 1 for all others. The search ends after ``max_runtime`` (default: 50 minutes; maximum: 28 days), and each
    training job of it after ``max_training_runtime`` (default: none). All that it leaves, models and reports of each
    candidate, lies below ``output_prefix``, encrypted with ``encryption_key`` (default: the stack's own key) as are
    the volumes of its instances; traffic between them is encrypted too.

    Autopilot starts jobs of its own, named after the search: the role may start, watch and stop such jobs, and pass
    itself to them. Provisions: one ``AWS::IAM::Role``, unless ``role`` is given, and nothing that runs.
    Raises ``InvalidInput`` for limits, metrics and media types that the problem does not have.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
    """

    kind: ClassVar[str] = "AutoMLJobV2"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        problem: AutoMLProblem,
        data: AutoMLInput,
        output: s3.IBucket,
        validation: AutoMLInput | None = None,
        max_candidates: int | None = None,
        max_runtime: Duration | None = None,
        max_training_runtime: Duration | None = None,
        encryption_key: kms.IKey | None = None,
        output_prefix: str = "autopilot",
        placement: VpcPlacement | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.max_runtime: Duration = max_runtime or minutes(50)
        self.problem: AutoMLProblem = problem
        self.output: s3.IBucket = output
        self.output_prefix: str = output_prefix.strip("/")
        self.encryption_key: kms.IKey = encryption_key or EncryptionKey.of(self)
        self.volume_key: kms.IKey | None = self.encryption_key
        runtime = seconds_of(self.max_runtime)
        of_training = seconds_of(max_training_runtime) if max_training_runtime else None
        candidates = min(10, problem.most_candidates) if max_candidates is None else max_candidates
        inputs = {"training": data, **({"validation": validation} if validation else {})}
        reject(
            self,
            [
                None if max_candidates is None else in_range("max_candidates", max_candidates, 1, 750),
                in_range("max_runtime", runtime / 60, 1, _LONGEST_DAYS * 24 * 60, unit="minutes"),
                in_range("max_training_runtime", of_training, 1, runtime, unit="seconds") if of_training else None,
                *_input_problems(problem, data, validation),
            ],
        )
        grants = Grants()
        for each in inputs.values():
            each.grant_read(grants)
        # A step of Autopilot reads what the one before it has left.
        grant_read_objects(output, grants, f"{self.output_prefix}/*")
        grant_write_objects(output, grants, f"{self.output_prefix}/*")
        grants.allow("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", on=key_arn(self.encryption_key))
        grant_volumes(self.encryption_key, grants)
        if placement:
            placement.grant_network_interfaces(self, grants)
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the Autopilot job {self.path}",
            log_groups=[f"/aws/sagemaker/{kind}s" for kind in _STARTED[:3]],
            grants=grants,
        )
        self._steps = self._execution_role.allow(self, "StepsPolicy", self._step_grants())
        criteria = {
            "MaxCandidates": candidates,
            "MaxAutoMLJobRuntimeInSeconds": runtime,
            "MaxRuntimePerTrainingJobInSeconds": of_training,
        }
        vpc = {} if placement is None else _vpc_config(placement)
        self.request: Mapping[str, object] = without_empty(
            {
                "AutoMLJobInputDataConfig": [
                    each.channel(kind, problem.content_types[0]) for kind, each in inputs.items()
                ],
                "OutputDataConfig": {
                    "S3OutputPath": bucket_facts(output).url(self.output_prefix),
                    "KmsKeyId": key_arn(self.encryption_key),
                },
                "AutoMLProblemTypeConfig": {
                    problem.member: {**problem.config, "CompletionCriteria": without_empty(criteria)}
                },
                "AutoMLJobObjective": {"MetricName": problem.objective} if problem.objective else None,
                "SecurityConfig": {
                    "VolumeKmsKeyId": key_arn(self.encryption_key),
                    "EnableInterContainerTrafficEncryption": True,
                    **({"VpcConfig": vpc} if vpc else {}),
                },
                "RoleArn": self._execution_role.arn,
                "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            }
        )
        reject(self, rule_problems("CreateAutoMLJobV2", self.request, names=_ARGUMENTS))

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What the job, and those that it starts, run as."""
        return self._execution_role

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run has to wait for."""
        return [*super().ready, *self._steps]

    def _step_grants(self) -> Grants:
        grants = Grants()
        named = "Autopilot names its jobs and models at run time, after the search that they belong to."
        for kind, resource in {
            "TrainingJob": "training-job",
            "ProcessingJob": "processing-job",
            "TransformJob": "transform-job",
            "HyperParameterTuningJob": "hyper-parameter-tuning-job",
        }.items():
            grants.allow(
                *(f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")),
                "sagemaker:AddTags",
                on=self.location.arn("sagemaker", resource, name="*"),
                because=named,
            )
        grants.allow(
            *(f"sagemaker:{verb}Model" for verb in ("Create", "Describe", "Delete")),
            "sagemaker:AddTags",
            on=self.location.arn("sagemaker", "model", name="*"),
            because=named,
        )
        grants.allow(
            "iam:PassRole",
            on=self._execution_role.arn,
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        return grants


def _vpc_config(placement: VpcPlacement) -> dict[str, object]:
    return {"Subnets": placement.subnet_ids, "SecurityGroupIds": placement.security_group_ids}


def _input_problems(
    problem: AutoMLProblem, data: AutoMLInput, validation: AutoMLInput | None
) -> Iterator[Problem | None]:
    for name, given in {"data": data, "validation": validation}.items():
        if given and not given.prefix.strip("/"):
            yield Problem(f"{name}.prefix", f"must name a folder of the bucket, got: {given.prefix!r}")
        if given and given.content_type is not None:
            yield one_of(f"{name}.content_type", given.content_type, problem.content_types)
    if validation and not problem.takes_validation:
        yield Problem("validation", f"must be left out: Autopilot splits series itself, got: {validation.prefix!r}")
