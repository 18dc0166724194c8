"""The schedules of a monitor, the definitions of their jobs, and what these run as."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import InvalidInput, Problem, in_range
from sagemaker_constructs.core.rules.at_synth import request_problems
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.jobs.job_definition import without_empty
from sagemaker_constructs.jobs.job_instances import JobInstances
from sagemaker_constructs.monitoring.model_monitor.monitored_input import MonitoredInput
from sagemaker_constructs.monitoring.model_monitor.monitoring_check import MonitoringCheck
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
)

_RESULTS = "/opt/ml/processing/output/report"
_HOUR_SECONDS = 3600
_LONGEST_SECONDS = 86_400
_CLARIFY = ("ModelBias", "ModelExplainability")


@dataclass(frozen=True, kw_only=True)
class MonitoringJobs:
    """How the jobs of all checks run; ``image`` is None for AWS's own of each."""

    image: ModelImage | None
    instances: JobInstances
    isolated: bool
    metrics: bool
    max_runtime: Duration | None
    key: kms.IKey
    tags: Mapping[str, str]

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse."""
        yield from self.instances.problems("ProcessingInstanceType")
        if self.max_runtime:
            yield in_range("max_runtime", seconds_of(self.max_runtime), 1, _LONGEST_SECONDS, unit="seconds")

    def seconds(self, check: MonitoringCheck) -> int:
        """How long a job may take: what was said, or what AWS allows and an hour at most."""
        longest = min(check.longest_seconds, _HOUR_SECONDS)
        return seconds_of(self.max_runtime) if self.max_runtime else longest

    def network(self, check: MonitoringCheck) -> dict[str, object]:
        """The member ``NetworkConfig``."""
        # Clarify asks SageMaker, and the endpoint that it makes.
        asks = self.image is None and check.type in _CLARIFY
        return without_empty(
            {
                "EnableInterContainerTrafficEncryption": self.instances.count > 1,
                "EnableNetworkIsolation": self.isolated and not asks,
                "VpcConfig": self.instances.vpc,
            }
        )

    def variables(self, check: MonitoringCheck) -> dict[str, str]:
        """Of containers: AWS's own know what they analyse, another one is told."""
        told = {"publish_cloudwatch_metrics": "Enabled" if self.metrics else "Disabled"}
        return {**told, **({"analysis_type": check.analysis_type} if self.image else {})}

    @property
    def tag_list(self) -> list[dict[str, str]]:
        """``tags`` as requests have them."""
        return [{"Key": name, "Value": value} for name, value in self.tags.items()]


class MonitoringSchedules(BaseConstruct):
    """A schedule for each of ``checks``, whose names begin with ``monitor``, with what its jobs are and run as.

    Provisions: for each check an ``AWS::SageMaker::…JobDefinition`` and an ``AWS::SageMaker::MonitoringSchedule``,
    and an ``AWS::IAM::Role`` unless ``role`` is given.
    Raises ``InvalidInput``, as of ``place``, for what AWS's rules refuse.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        monitor: str,
        watched: MonitoredInput,
        checks: Mapping[str, MonitoringCheck],
        reports: ProcessingOutput,
        jobs: MonitoringJobs,
        role: iam.IRole | None,
        place: str,
    ) -> None:
        super().__init__(scope, id)
        self._monitor, self._watched, self._checks, self._jobs = monitor, watched, checks, jobs
        self._reports = reports
        grants = self._grants()
        specifications = {
            name: {
                "ImageUri": (jobs.image or check.image()).bind(self, grants),
                "Environment": jobs.variables(check),
                **check.specification(BaseConstruct(self, f"{name}Files"), grants, endpoint_prefix=monitor),
            }
            for name, check in checks.items()
        }
        self.execution_role: ExecutionRoleBase = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the jobs of the monitor {place}",
            log_groups=["/aws/sagemaker/ProcessingJobs"],
            grants=grants,
        )
        definitions = {name: self._definition(name, specifications[name]) for name in checks}
        found = [problem for name in checks for problem in self._rule_problems(name, definitions[name])]
        if found:
            raise InvalidInput(place, found)
        for name in checks:
            self._schedule(name, definitions[name])

    def schedule_name(self, check: str) -> str:
        """The name of the schedule of a check."""
        return f"{self._monitor}-{check}"

    def _grants(self) -> Grants:
        grants = Grants()
        self._watched.grant_read(grants)
        for check in self._checks.values():
            check.grant(grants)
        pattern = f"{self._reports.prefix}/*"
        grant_write_objects(self._reports.bucket, grants, pattern)
        # Truth is merged below the reports, and read by the job that follows.
        grant_read_objects(self._reports.bucket, grants, pattern)
        grants.allow("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", on=key_arn(self._jobs.key))
        self._jobs.instances.grant(self, self._jobs.key, grants)
        return grants

    def _definition(self, name: str, specification: Mapping[str, object]) -> dict[str, Any]:
        """The request that makes the definition of a check's jobs."""
        check = self._checks[name]
        results = {
            "S3Uri": bucket_facts(self._reports.bucket).url(self._reports.prefix),
            "LocalPath": _RESULTS,
            "S3UploadMode": "EndOfJob",
        }
        captured = self._watched.request(check.start_offset, check.end_offset)
        said = without_empty(
            {
                f"{check.type}AppSpecification": without_empty(specification),
                f"{check.type}BaselineConfig": dict(check.baseline_request()),
                f"{check.type}JobInput": {**captured, **check.more_input()},
                f"{check.type}JobOutputConfig": {
                    "MonitoringOutputs": [{"S3Output": results}],
                    "KmsKeyId": key_arn(self._jobs.key),
                },
                "JobResources": {"ClusterConfig": self._jobs.instances.request(self._jobs.key)},
                "NetworkConfig": self._jobs.network(check),
                "RoleArn": self.execution_role.arn,
                "StoppingCondition": {"MaxRuntimeInSeconds": self._jobs.seconds(check)},
                "Tags": self._jobs.tag_list,
            }
        )
        # What is said may hold tokens, whose numbers are not the same in every synthesis.
        text = json.dumps(self.location.stack.resolve(said), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return {"JobDefinitionName": f"{self.schedule_name(name)}-{digest}", **said}

    def _schedule_request(self, name: str, definition: Mapping[str, Any]) -> dict[str, Any]:
        check = self._checks[name]
        config = {
            "ScheduleConfig": check.when.request(),
            "MonitoringJobDefinitionName": definition["JobDefinitionName"],
            "MonitoringType": check.type,
        }
        return {"MonitoringScheduleName": self.schedule_name(name), "MonitoringScheduleConfig": config}

    def _rule_problems(self, name: str, definition: Mapping[str, Any]) -> Iterator[Problem]:
        type_ = self._checks[name].type
        kind = f"{type_}JobDefinition"
        here = dict.fromkeys((f"{type_}JobInput", "EndpointInput", "BatchTransformInput"), "")
        yield from request_problems(f"Create{kind}", definition, {**here, "InferenceAttribute": "watched.prediction"})
        known = {kind: {str(definition["JobDefinitionName"]): definition}}
        names = {
            "MonitoringScheduleConfig": "",
            "ScheduleConfig": f"checks.{name}.times",
            "ScheduleExpression": "expression",
            "DataAnalysisStartTime": "start",
            "DataAnalysisEndTime": "end",
            "StoppingCondition": "",
            "MaxRuntimeInSeconds": "max_runtime",
        }
        schedule = self._schedule_request(name, definition)
        yield from request_problems("CreateMonitoringSchedule", schedule, names, known)

    def _schedule(self, name: str, definition: Mapping[str, Any]) -> None:
        kind = f"AWS::SageMaker::{self._checks[name].type}JobDefinition"
        made = CfnResource(self, f"{name}Definition", type=kind, properties=dict(definition))
        depend(made, *self.execution_role.ready, *self._watched.ready)
        tagged = {"Tags": self._jobs.tag_list} if self._jobs.tags else {}
        schedule = CfnResource(
            self,
            f"{name}Schedule",
            type="AWS::SageMaker::MonitoringSchedule",
            properties={**self._schedule_request(name, definition), **tagged},
        )
        depend(schedule, made)
