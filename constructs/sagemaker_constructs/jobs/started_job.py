"""A job that a deployment starts, and does not wait for."""

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.topic_access import grant_publish
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, stage_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, matches, reject
from sagemaker_constructs.core.rules.at_synth import parameter_name_problem
from sagemaker_constructs.jobs.deployed_job import LONGEST_SUFFIX
from sagemaker_constructs.jobs.job_definition import JobDefinition
from sagemaker_constructs.jobs.job_kinds import JobKind, job_kinds
from sagemaker_constructs.jobs.job_provider import JobProvider
from sagemaker_constructs.storage.event_queue import EventQueue, protect

_FUNCTION_SECONDS = 60
_VISIBILITY_SECONDS = 6 * _FUNCTION_SECONDS
_ATTEMPTS = 100


class StartedJob(BaseConstruct):
    """Starts ``definition`` once per change, for jobs of more than 55 minutes: the deployment goes on without it.

    Its results come later, in parameters of the Systems Manager: ``<parameter_name>/status`` is JSON with the name,
    the status and the failure reason of the job that was deployed last, and each attribute of its kind, such as
    ``<parameter_name>/ModelArtifactUrl``, is of the last one that has completed, ``none`` before the first. A stack
    that reads one with ``result`` takes what is there whenever it is deployed. ``notify`` is told of each end.

    Deleting the stack, another request and a rollback stop a running job. What has completed for the same stack name,
    logical id and request is not started again; one that has failed is, with the next change of the request.

    Provisions: ``Custom::SageMaker<kind>`` (see ``JobProvider``), an ``AWS::SSM::Parameter`` for each result, an
    ``AWS::Events::Rule``, two ``AWS::SQS::Queue`` (one for what could not be written), and a function with role and
    logs.
    Raises ``InvalidInput`` for a kind of job that sends no events, such as Autopilot, and for a ``parameter_name``
    that the Systems Manager refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        definition: JobDefinition,
        parameter_name: str,
        notify: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._kind: JobKind = job_kinds()[definition.kind]
        wanted = "a path such as /platform/dev/training"
        reject(
            self,
            [
                matches("parameter_name", parameter_name, r"(/[a-zA-Z0-9_.-]+){1,14}", wanted),
                parameter_name_problem("parameter_name", parameter_name),
                None
                if self._kind.event
                else Problem("definition", f"must be of a kind that sends events, got: {definition.kind}"),
            ],
        )
        self.definition = definition
        self.parameter_name: str = parameter_name
        prefix = physical_name(self, self._kind.name_length - LONGEST_SUFFIX)
        parameters = self._parameters()
        dead = EventQueue(self, "Unwritten", fifo_queue=True)
        queue = EventQueue(
            self,
            "Results",
            fifo_queue=True,
            content_based_deduplication=True,
            visibility_timeout=_VISIBILITY_SECONDS,
            redrive_policy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": _ATTEMPTS},
        )
        function = LibraryFunction(
            self,
            "Writer",
            code="job",
            handler="handler.results",
            description=f"Writes the results of {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs and keeps what fails; it calls AWS's own API alone, and its "
            "environment names resources.",
            environment={
                "KIND": definition.kind,
                "POINTER": parameter_name,
                **({"TOPIC": notify.topic_arn} if notify else {}),
            },
            grants=self._grants(prefix, queue, notify),
        )
        mapping = lambda_.CfnEventSourceMapping(
            self, "Messages", event_source_arn=queue.arn, function_name=function.arn, batch_size=1
        )
        rule = self._rule(prefix, queue)
        protect(self, [queue, dead], told=[queue], rules=[rule.attr_arn])
        job = JobProvider.of(self).run(self, definition, name_prefix=prefix, results=queue)
        job.node.add_dependency(mapping, rule, *parameters)
        self.job_name: str = job.ref

    def result(self, scope: Construct, attribute: str) -> str:
        """An attribute of the last job that has completed, as it is when the stack of ``scope`` is deployed.

        A stack of the same app is deployed after that of the job. The job's own stack cannot read it: CloudFormation
        looks for the parameter before it makes anything.

        Raises ``InvalidInput`` for the job's own stack, and for an attribute that jobs of this kind do not have.
        """
        stack, own = location_of(scope).stack, self.location.stack
        problems: list[Problem] = []
        if stack is own:
            problems.append(Problem("scope", "must be in another stack than the job, got: the job's own"))
        if attribute not in self._kind.attributes:
            allowed = ", ".join(self._kind.attributes)
            problems.append(Problem("attribute", f"must be one of {allowed}, got: {attribute!r}"))
        reject(self, problems)
        if stage_of(stack) is stage_of(own):
            stack.add_dependency(own)
        return ssm.StringParameter.value_for_string_parameter(stack, f"{self.parameter_name}/{attribute}")

    def _parameters(self) -> list[ssm.CfnParameter]:
        first: Mapping[str, str] = {"status": "{}", **dict.fromkeys(self._kind.attributes, "none")}
        return [
            ssm.CfnParameter(
                self,
                f"Parameter{name}",
                name=f"{self.parameter_name}/{name}",
                type="String",
                value=value,
                description=f"What became of {self.path}",
            )
            for name, value in first.items()
        ]

    def _grants(self, prefix: str, queue: EventQueue, notify: sns.ITopic | None) -> Grants:
        grants = Grants()
        grants.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue.arn)
        grants.allow(
            f"sagemaker:Describe{self._kind.name}",
            on=self.location.arn("sagemaker", self._kind.resource, name=f"{prefix}-*"),
            because="Jobs are named when they start; the grant ends with their prefix.",
        )
        names = ("status", *self._kind.attributes)
        parameters = [self.location.arn("ssm", f"parameter{self.parameter_name}", name=name) for name in names]
        grants.allow("ssm:GetParameter", "ssm:PutParameter", on=parameters)
        if notify:
            grant_publish(notify, grants)
        return grants

    def _rule(self, prefix: str, queue: EventQueue) -> events.CfnRule:
        if self._kind.event_names_job:
            which: Mapping[str, object] = {"detail": {self._kind.name_member: [{"prefix": f"{prefix}-"}]}}
        else:
            arn = self.location.arn("sagemaker", self._kind.resource, name=f"{prefix}-")
            which = {"resources": [{"prefix": arn}]}
        pattern = {"source": ["aws.sagemaker"], "detail-type": [self._kind.event], **which}
        target = {"id": "Results", "arn": queue.arn, "sqsParameters": {"messageGroupId": "results"}}
        return events.CfnRule(self, "Changes", event_pattern=pattern, targets=[target])
