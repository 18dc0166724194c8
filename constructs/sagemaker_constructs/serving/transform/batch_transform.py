"""Scoring of whole data sets, defined once and run whenever it is due."""

from collections.abc import Iterator, Mapping

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_control, acknowledge_wildcard
from sagemaker_constructs.core.instance_types import has_local_storage
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import (
    Problem,
    in_range,
    is_token,
    matches,
    no_more_than,
    one_of,
    reject,
    within,
)
from sagemaker_constructs.core.service_model import enum_values
from sagemaker_constructs.core.volume_encryption import grant_volumes
from sagemaker_constructs.jobs.job_provider import jobs_arn
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.transform.transform_arrivals import TransformArrivals
from sagemaker_constructs.serving.transform.transform_failures import TransformFailures
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput
from sagemaker_constructs.serving.transform.transform_processing import TransformProcessing
from sagemaker_constructs.serving.transform.transform_requests import TransformRequests
from sagemaker_constructs.serving.transform.transform_schedule import TransformSchedule

_KIND = "TransformJob"
# Step Functions learns of a job's end through this rule, which it makes itself.
_RULE = "StepFunctionsGetEventsForSageMakerTransformJobsRule"


class BatchTransform(Construct):
    """A transform job that is due later: by the clock, on new data, or as a step of a state machine.

    ``TransformJob`` runs the same definition when its stack is deployed. The job runs as ``model``'s role,
    which gets the right to read ``input`` and write ``output``. Results and instance volumes are encrypted
    with ``encryption_key``; types with local NVMe disks encrypt those themselves and refuse a key.
    ``environment`` adds to the model's own variables.

    Provisions: nothing by itself; ``schedule`` and ``on_new_data`` add what they name.
    Raises ``InvalidInput`` for what CreateTransformJob refuses: unknown instance types, more than 100
    instances, more than 16 variables or 50 tags, requests over 100 MB in all, a strategy for input that is not
    split, filters for other types than CSV and JSON; and for an output within the input, which the next run
    would read.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: Model,
        input: TransformInput,
        output: TransformOutput,
        encryption_key: kms.IKey,
        instance_type: str,
        instance_count: int = 1,
        processing: TransformProcessing | None = None,
        requests: TransformRequests | None = None,
        environment: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        asked = requests or TransformRequests()
        variables = dict(environment or {})
        reject(
            self,
            [
                one_of("instance_type", instance_type, enum_values("TransformInstanceType")),
                in_range("instance_count", instance_count, 1, 100),
                no_more_than("tags", list(tags or {}), 50),
                *within("input", input.problems()),
                *within("output", output.problems()),
                *within("requests", asked.problems(input.split)),
                *within("processing", processing.problems(input, output) if processing else ()),
                *_environment_problems(variables),
                _overlap(input, output),
            ],
        )
        self.model = model
        self.input = input
        self.encryption_key = encryption_key
        self.encrypts_volumes = not has_local_storage(instance_type)
        self._name_prefix = physical_name(self, 26)
        input.grant_read(model.role)
        output.grant_write(model.role, encryption_key)
        resources: dict[str, object] = {"InstanceType": instance_type, "InstanceCount": instance_count}
        if self.encrypts_volumes:
            resources["VolumeKmsKeyId"] = encryption_key.key_arn
            grant_volumes(encryption_key, model.role)
        request: dict[str, object] = {
            "ModelName": model.model_name,
            "TransformInput": input.properties(),
            "TransformOutput": output.properties(content_type=input.content_type, encryption_key=encryption_key),
            "TransformResources": resources,
            "DataProcessing": processing.properties() if processing else {},
            "Environment": variables,
            "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            **asked.properties(),
        }
        self.request: dict[str, object] = {name: value for name, value in request.items() if value not in ({}, [])}
        """The input of CreateTransformJob, without the job's name."""

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start this job, under names that begin with the construct's."""
        self._grant(role, "CreateTransformJob", "AddTags")

    def grant_run(self, role: iam.IRole) -> None:
        """Let the role of a state machine run ``as_state``: start the job, wait for it and stop it.

        See https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
        """
        self._grant(role, "CreateTransformJob", "DescribeTransformJob", "StopTransformJob", "AddTags", "ListTags")
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
                resources=[Stack.of(self).format_arn(service="events", resource="rule", resource_name=_RULE)],
            )
        )

    def schedule(self, id: str, expression: str, *, timezone: str = "UTC") -> TransformSchedule:
        """Run at the times of ``expression``: ``cron(0 3 * * ? *)``, ``rate(1 day)`` or ``at(…)``.

        See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
        """
        name = f"{self._name_prefix}-<aws.scheduler.execution-id>"
        return TransformSchedule(
            self,
            id,
            expression=expression,
            timezone=timezone,
            request={"TransformJobName": name, **self.request},
            grant_start=self.grant_start,
        )

    def as_state(self, id: str, *, input_url: str | None = None) -> stepfunctions.CustomState:
        """A task that runs the job and waits for it; give the state machine's role ``grant_run``.

        ``input_url`` is a JSONPath or intrinsic function that gives another S3 URL than the input's own; what
        it names has to lie below the input's prefix.
        """
        return self._state(self, id, input_url)

    def on_new_data(self, id: str) -> TransformArrivals:
        """Run for each object that arrives below the input's prefix, with that object as the input.

        Raises ``InvalidInput`` for an input with a manifest.
        """
        reject(self, [Problem("", "on_new_data needs an input without a manifest")] if self.input.manifest else [])
        url = "States.Format('s3://{}/{}', $.detail.bucket.name, $.detail.object.key)"
        return TransformArrivals(
            self,
            id,
            bucket=self.input.bucket,
            prefix=self.input.folder,
            state=lambda scope: self._state(scope, "Transform", url),
            grant_run=self.grant_run,
        )

    def on_failure(self, id: str, *, topic: sns.ITopic) -> TransformFailures:
        """Tell ``topic`` of each job that fails, however it was started."""
        return TransformFailures(self, id, model=self.model, topic=topic)

    def _state(self, scope: Construct, id: str, input_url: str | None) -> stepfunctions.CustomState:
        parameters: dict[str, object] = {
            "TransformJobName.$": f"States.Format('{self._name_prefix}-{{}}', States.UUID())",
            **self.request,
        }
        if input_url:
            source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri.$": input_url}}
            parameters["TransformInput"] = {**self.input.properties(), "DataSource": source}
        return stepfunctions.CustomState(
            scope,
            id,
            state_json={
                "Type": "Task",
                "Resource": f"arn:{Aws.PARTITION}:states:::sagemaker:createTransformJob.sync",
                "Parameters": parameters,
            },
        )

    def _grant(self, role: iam.IRole, *actions: str) -> None:
        jobs = jobs_arn(self, _KIND, self._name_prefix)
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=[f"sagemaker:{action}" for action in actions], resources=[jobs])
        )
        if self.encrypts_volumes:
            grant_volumes(self.encryption_key, role)
        acknowledge_wildcard(role, jobs, reason="Jobs are named when they start; the grant ends with their prefix.")
        acknowledge_control(role, "IAMNoInlinePolicy", reason="The policy is assembled for this one role.")


def _environment_problems(variables: Mapping[str, str]) -> Iterator[Problem | None]:
    yield no_more_than("environment", list(variables), 16)
    for name, value in variables.items():
        yield matches("environment", name, r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}", "named with letters, digits and _")
        if not is_token(value) and len(value) > 10_240:
            yield Problem("environment", f"{name} may have at most 10240 characters, got: {len(value)}")


def _overlap(given: TransformInput, output: TransformOutput) -> Problem | None:
    if given.bucket.bucket_arn != output.bucket.bucket_arn or not f"{output.folder}/".startswith(given.folder):
        return None
    return Problem("output.prefix", f"must lie outside input.prefix, got: {output.prefix!r} within {given.prefix!r}")
