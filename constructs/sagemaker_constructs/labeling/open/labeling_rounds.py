"""People and a model who label in turn."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, in_range, reject
from sagemaker_constructs.jobs.job_definition import JobDefinition
from sagemaker_constructs.jobs.job_kinds import job_kinds
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.labeling.label_studio_project import LabelStudioProject
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.object_access import grant_read_objects, grant_write_objects

_FUNCTION_SECONDS = 300
_NIGHTLY = "cron(30 2 * * ? *)"
_KINDS = ("ProcessingJob", "TrainingJob")
_ENDED = ["Completed", "Failed", "Stopped"]


class LabelingRounds(BaseConstruct):
    """Has a ``model`` label what it is sure of, and people the rest of ``project``, in rounds of ``batch`` objects.

    The model is a job that begins when people have answered all that they were asked. It reads the objects and the
    project's manifest, learns from the lines that are ``human-annotated``, and writes ``proposals`` (a key in the
    output bucket): a line of JSON for each object, with the members of its line, a ``proposal`` (a label) and a
    ``confidence`` from 0 to 1. Of what people have labeled, it proposes without having learned from that label, as by
    cross-validation. A job costs nothing while people work, which an endpoint does, and does not need a model of
    SageMaker for each round, which a batch transform does.

    What the model is sure of is labeled as ``human-annotated: no`` in the same manifest: where, of what people have
    labeled, no more than ``target_error`` is wrong. People look at ``audit_percent`` of that all the same, without
    being told what the model says, and the report states how many were wrong, and the most that is wrong of all with
    a certainty of 95 %. What it is not sure of is shown with the proposal chosen, the least sure first. Rounds end
    when nothing is uncertain, or people have been asked about ``most_asked`` objects.

    Provisions: a function with role and logs, two ``AWS::SQS::Queue`` (one for what could not be done), and three
    ``AWS::Events::Rule``.
    Raises ``InvalidInput`` for a project without ``first``, a kind of job that is no training and no processing, and
    numbers that are none.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-automated-labeling.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project: LabelStudioProject,
        model: JobDefinition,
        proposals: str,
        most_asked: int,
        batch: int = 20,
        target_error: float = 0.05,
        audit_percent: float = 5,
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                None
                if project.first
                else Problem("project", "must have first, the objects that people see at first"),
                None if model.kind in _KINDS else Problem("model", f"must be one of {_KINDS}, got: {model.kind}"),
                in_range("most_asked", most_asked, project.first or 1, 100_000),
                in_range("batch", batch, 1, 10_000),
                in_range("target_error", target_error, 0.001, 0.5),
                in_range("audit_percent", audit_percent, 0, 100),
            ],
        )
        kind = job_kinds()[model.kind]
        self.report_key: str = f"{project.active_prefix}/report.json"
        """What has been asked, labeled and audited so far, in the project's output bucket."""
        self._project = project
        undone = EventQueue(self, "Undone")
        self._undone_name: str = undone.name
        queue = EventQueue(
            self,
            "Due",
            visibility_timeout=6 * _FUNCTION_SECONDS,
            redrive_policy={"deadLetterTargetArn": undone.arn, "maxReceiveCount": 5},
        )
        grants = Grants()
        grants.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue.arn)
        project.input.grant_read(grants)
        for read in (f"{project.annotations_prefix}/*", proposals):
            grant_read_objects(project.output, grants, read)
        manifests = project.manifest_key.rpartition("/")[0]
        for written in (f"{project.active_prefix}/*", f"{project.inputs_prefix}/*", f"{manifests}/*"):
            grant_write_objects(project.output, grants, written)
        grant_read_objects(project.output, grants, f"{project.active_prefix}/*")
        grants.include(model.start_grants(watched=True))
        function = LibraryFunction(
            self,
            "Function",
            code="labeling",
            handler="handler.rounds",
            description=f"Decides what people label of {project.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs and keeps what fails; it calls S3 and SageMaker alone.",
            grants=grants,
        )
        lambda_.CfnEventSourceMapping(
            self,
            "Messages",
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=1,
            scaling_config={"maximumConcurrency": 2},
        )
        told = {
            "project": dict(project.facts),
            "files": dict(project.files),
            "proposals": proposals,
            "rules": {
                "batch": batch,
                "most_asked": most_asked,
                "target_error": target_error,
                "audit_percent": audit_percent,
            },
            "job": {
                "kind": model.kind,
                "member": kind.name_member,
                "prefix": model.name_prefix,
                "request": dict(model.request),
            },
        }
        text = json_text(self, told)
        output = {"bucket": {"name": [str(project.facts["bucket"])]}, "object": {"key": [project.manifest_key]}}
        ended = {kind.name_member: [{"prefix": f"{model.name_prefix}-"}], f"{model.kind}Status": _ENDED}
        answered = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": output}
        proposed = {"source": ["aws.sagemaker"], "detail-type": [kind.event], "detail": ended}
        targets: list[dict[str, str]] = [{"id": "Due", "arn": queue.arn, "input": text}]
        rules = [
            events.CfnRule(self, "Answered", event_pattern=answered, targets=targets).attr_arn,
            events.CfnRule(self, "Proposed", event_pattern=proposed, targets=targets).attr_arn,
            events.CfnRule(self, "Nightly", schedule_expression=_NIGHTLY, targets=targets).attr_arn,
        ]
        protect(self, [queue, undone], told=[queue], rules=rules)

    @property
    def watched_name(self) -> str:
        """The project's name."""
        return self._project.name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes those of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """A round could not go on, such as when its model has failed three times."""
        del thresholds
        yield AlarmRule("Stuck", "times a round could not go on", [self._undone], 1, minutes=1, breaching=1)

    def dashboard_sections(self) -> Iterator[Section]:
        """Rounds that could not go on."""
        yield Section(f"Rounds of {self.watched_name}", [[Graph("Could not go on", [self._undone])]])

    @property
    def _undone(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._undone_name})
