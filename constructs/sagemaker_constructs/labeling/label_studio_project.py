"""Labeling with Label Studio, wherever it runs."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, path_within_stack, stage_of
from sagemaker_constructs.core.durations import milliseconds_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, reject, within
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.labeling.labeling_budget import LabelingBudget
from sagemaker_constructs.labeling.labeling_files import LabelingFiles
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_task import LabelingTask, attribute_problem
from sagemaker_constructs.observability.alarm_thresholds import AlarmThresholds
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement
from sagemaker_constructs.observability.metric_alarm import Alarm, AlarmRule
from sagemaker_constructs.storage.event_queue import EventQueue, protect
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
    let_browsers_read,
    tell_event_bridge,
)
from sagemaker_constructs.training.training_input import TrainingInput

_READ = ("class", "classes", "boxes", "spans")
_FUNCTION_SECONDS = 300
_BATCH_SECONDS = 20
_NIGHTLY = "cron(0 2 * * ? *)"


class LabelStudioProject(BaseConstruct):
    """The two sides of a Label Studio project in S3, for a Label Studio of yours: what it reads, and what it leaves.

    The deployment writes ``tasks.json`` and ``configuration.xml`` below ``folder``: the first for a source storage of
    the project, the second as its labeling interface. A target storage writes below ``annotations_prefix``; whenever
    it does, and each night, the answers of ``people_per_object`` people become one label in the augmented manifest
    ``manifest_key`` of ``output``, as those of Ground Truth do. ``attribute`` is the label attribute. ``budget``
    limits the number of objects.

    With ``follow``, objects that come to ``input`` later become tasks too, and there may be none at first: tasks are
    written again below ``inputs_prefix``, where a ``LabelStudioServer`` finds them within a minute. More objects than
    the ``budget`` allows are not shown, and are told by an alarm, as are answers that could not be read.

    With ``first``, people see so many objects at first, chosen by chance; a ``LabelingRounds`` shows them what its
    model is not sure of, and labels the others.

    Provisions: a ``Custom::SageMakerLabelingFiles``, two functions with roles and logs, two ``AWS::SQS::Queue`` (one
    for what could not be done), and two ``AWS::Events::Rule``, or three with ``follow``. A bucket of the same app is
    told to send its events, and gets a CORS rule for images; any other has to have both already.
    Raises ``InvalidInput`` for tasks other than classes, boxes and entities, for a page, for texts without a manifest
    whose lines they are, and for an output inside of what is followed.

    See https://labelstud.io/guide/storage
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        task: LabelingTask,
        input: LabelingInput,
        output: s3.IBucket,
        output_prefix: str = "labels",
        attribute: str = "label",
        people_per_object: int = 1,
        follow: bool = False,
        first: int | None = None,
        budget: LabelingBudget | None = None,
    ) -> None:
        super().__init__(scope, id)
        spent = budget or LabelingBudget()
        reject(
            self,
            [
                *within("task", task.problems(people_per_object)),
                *within("task", _task_problems(task)),
                _text_problem(task, input),
                *within("input", input.problems()),
                *within("budget", spent.problems(people_per_object)),
                in_range("people_per_object", people_per_object, 1, 9),
                attribute_problem("attribute", attribute),
                _circle_problem(input, output, output_prefix) if follow else None,
                *_first_problems(first, follow, task),
            ],
        )
        self.input: LabelingInput = input
        self.output: s3.IBucket = output
        self.attribute: str = attribute
        self.name: str = path_within_stack(self)
        """What the project is called in a ``LabelStudioServer``: its path within its stack."""
        self._people_per_object = people_per_object
        self._of_images = bool(task.built_in and not task.built_in.of_texts)
        name = physical_name(self, 63)
        prefix = f"{output_prefix.strip('/')}/{name}"
        self.inputs_prefix: str = f"{prefix}/inputs"
        """Below it is a folder with tasks for each content that they have had."""
        self.active_prefix: str = f"{prefix}/active"
        """Below it is what a ``LabelingRounds`` has planned and found out."""
        self.annotations_prefix: str = f"{prefix}/annotations"
        self.manifest_key: str = f"{prefix}/manifests/output/output.manifest"
        built_in = str(task.kind)
        if self._of_images:
            let_browsers_read(input.bucket)
        files = LabelingFiles(
            self,
            "Files",
            input=input,
            bucket=output,
            prefix=self.inputs_prefix,
            most_objects=spent.most_objects,
            categories=task.labels,
            page=None,
            audits="",
            instructions=None,
            project={"Task": built_in, "Question": task.title},
            follow=follow,
            first=first,
        )
        self.folder: str = files.folder
        self.first: int | None = first
        self.follow: bool = follow
        self._grows = follow or first is not None
        self.facts: Mapping[str, object] = {
            "name": name,
            "bucket": bucket_facts(output).name,
            "prefix": prefix,
            "task": built_in,
            "labels": list(task.labels),
            "attribute": attribute,
            "people": people_per_object,
            **({"rounds": True} if first else {}),
        }
        """What functions are told of it."""
        # Its labels and its task are among the facts, and variables of a function have 4 KB in all.
        self.files: Mapping[str, object] = {
            name: value for name, value in files.request.items() if name not in ("Categories", "Task")
        }
        """What functions are told that write its tasks."""
        self._write_on_answers(self.facts, self.files if follow else None)

    def grant_label(self, role: iam.IRole) -> None:
        """Let the role of a Label Studio read objects and tasks, and write and delete annotations."""
        give(role, self.label_grants())

    def label_grants(self) -> Grants:
        """What ``grant_label`` grants."""
        grants = Grants()
        self.input.grant_read(grants)
        grant_read_objects(self.output, grants, f"{self.inputs_prefix}/*")
        grant_write_objects(self.output, grants, f"{self.annotations_prefix}/*")
        grants.allow(
            "s3:DeleteObject",
            on=f"{bucket_facts(self.output).arn}/{self.annotations_prefix}/*",
            because="Annotations are named by Label Studio.",
        )
        return grants

    def description(self) -> dict[str, object]:
        """The project as the image of ``LabelStudioServer`` takes it."""
        facts = bucket_facts(self.output)
        return {
            "name": self.name,
            "folder": facts.url(self.folder),
            "annotations": facts.url(self.annotations_prefix),
            "images": bucket_facts(self.input.bucket).name if self._of_images else "",
            "key": key_arn(facts.encryption_key) if facts.encryption_key else "",
            "inputs": facts.url(self.inputs_prefix) if self._grows else "",
            "people": self._people_per_object,
        }

    def training_input(self, scope: Construct, attributes: Sequence[str] = ()) -> TrainingInput:
        """What is labeled when a training starts as a channel, for a training in the stack of ``scope``.

        ``attributes`` are streamed in their order, by default each object and its label.

        Raises ``InvalidInput`` where objects and labels are in different buckets.
        """
        if self.output is not self.input.bucket:
            words = "must be the bucket of the objects, for a channel that has both, got: another one"
            reject(self, [Problem("output", words)])
        stack: Stack = location_of(scope).stack
        own = self.location.stack
        if stack is not own and stage_of(stack) is stage_of(own):
            stack.add_dependency(own)
        return TrainingInput(
            self.output,
            self.input.prefix,
            content_type="application/x-recordio",
            input_mode="Pipe",
            manifest=self.manifest_key,
            attributes=list(attributes) or ["source-ref", self.attribute],
            record_wrapper="RecordIO",
        )

    @property
    def watched_name(self) -> str:
        """The project's name."""
        return self.name

    @property
    def alarms(self) -> Sequence[Alarm]:
        """None: ``Alarms`` makes those of ``alarm_rules``."""
        return ()

    def alarm_rules(self, thresholds: AlarmThresholds) -> Iterator[AlarmRule]:
        """Labels could not be written, or wait for too long."""
        yield AlarmRule("Undone", "times labels or tasks were not written", [self._undone], 1, minutes=1, breaching=1)
        seconds = (milliseconds_of(thresholds.oldest_request) or 0) / 1000
        yield AlarmRule("Waiting", "seconds that an answer waits", [self._oldest], seconds)

    def dashboard_sections(self) -> Iterator[Section]:
        """Answers that wait, and those that were given up."""
        graphs = [Graph("Seconds that an answer waits", [self._oldest]), Graph("Given up", [self._undone])]
        yield Section(f"Labels of {self.name}", [graphs])

    @property
    def _undone(self) -> Measurement:
        measured = Measured("ApproximateNumberOfMessagesVisible", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._undone_name})

    @property
    def _oldest(self) -> Measurement:
        measured = Measured("ApproximateAgeOfOldestMessage", "Maximum", "AWS/SQS")
        return Measurement(measured, {"QueueName": self._queue_name})

    def _write_on_answers(self, project: Mapping[str, object], files: Mapping[str, object] | None) -> None:
        undone = EventQueue(self, "Undone")
        self._undone_name = undone.name
        queue = EventQueue(
            self,
            "Answers",
            visibility_timeout=6 * _FUNCTION_SECONDS,
            redrive_policy={"deadLetterTargetArn": undone.arn, "maxReceiveCount": 5},
        )
        grants = Grants()
        grants.allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue.arn)
        grant_read_objects(self.output, grants, f"{self.annotations_prefix}/*")
        grant_write_objects(self.output, grants, f"{self.manifest_key.rpartition('/')[0]}/*")
        if self.first:
            grant_read_objects(self.output, grants, f"{self.active_prefix}/*")
        if files:
            self.input.grant_read(grants)
            grant_write_objects(self.output, grants, f"{self.inputs_prefix}/*")
        function = LibraryFunction(
            self,
            "Writer",
            code="labeling",
            handler="handler.manifest",
            description=f"Makes labels of the answers of {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs and keeps what fails; it calls S3 alone, and its "
            "environment names resources and labels.",
            environment={
                "PROJECT": json_text(self, project),
                **({"FILES": json_text(self, files)} if files else {}),
            },
            grants=grants,
        )
        lambda_.CfnEventSourceMapping(
            self,
            "Messages",
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=100,
            maximum_batching_window_in_seconds=_BATCH_SECONDS,
            scaling_config={"maximumConcurrency": 2},
        )
        self._queue_name = queue.name
        targets = [{"id": "Answers", "arn": queue.arn}]
        rules = [
            self._on_objects("Arrived", self.output, {"prefix": f"{self.annotations_prefix}/"}, targets),
            events.CfnRule(self, "Nightly", schedule_expression=_NIGHTLY, targets=targets).attr_arn,
        ]
        if files:
            key = self.input.manifest or {"prefix": f"{self.input.prefix.strip('/')}/"}
            rules.append(self._on_objects("Followed", self.input.bucket, key, targets))
        protect(self, [queue, undone], told=[queue], rules=rules)

    def _on_objects(self, id: str, bucket: s3.IBucket, key: object, targets: list[dict[str, str]]) -> str:
        """The ARN of a rule for objects that come to, or go from, what ``key`` matches."""
        tell_event_bridge(bucket)
        detail = {"bucket": {"name": [bucket_facts(bucket).name]}, "object": {"key": [key]}}
        kinds = ["Object Created", "Object Deleted"]
        pattern = {"source": ["aws.s3"], "detail-type": kinds, "detail": detail}
        return events.CfnRule(self, id, event_pattern=pattern, targets=targets).attr_arn


def _task_problems(task: LabelingTask) -> Iterator[Problem]:
    built_in = task.built_in
    if built_in is None or built_in.answer not in _READ or built_in.audits or built_in.name.startswith("Video"):
        yield Problem("kind", f"must be classes, boxes or entities of images or texts, got: {task.kind}")
    if task.page:
        yield Problem("page", "is not for Label Studio, which has its own, got: a page")


def _first_problems(first: int | None, follow: bool, task: LabelingTask) -> Iterator[Problem | None]:
    if first is None:
        return
    yield in_range("first", first, 2, 100_000)
    if follow:
        yield Problem("first", "is for objects that are there at first, and follow shows all that come, got both")
    if task.built_in and task.built_in.answer != "class":
        yield Problem("first", f"is for tasks with one class as their answer, got: {task.kind}")


def _circle_problem(input: LabelingInput, output: s3.IBucket, output_prefix: str) -> Problem | None:
    """Whether tasks would be written where they are followed: each writing would ask for the next one."""
    inside = f"{output_prefix.strip('/')}/".startswith(f"{input.prefix.strip('/')}/")
    if not inside or bucket_facts(input.bucket).name != bucket_facts(output).name:
        return None
    return Problem("output_prefix", f"must be outside of what is followed, {input.prefix}, got: {output_prefix}")


def _text_problem(task: LabelingTask, input: LabelingInput) -> Problem | None:
    of_texts = bool(task.built_in and task.built_in.of_texts)
    if not of_texts or input.manifest:
        return None
    return Problem("input.manifest", "is needed for texts, which are its lines (source), got: none")
