"""Labeling with Label Studio, wherever it runs."""

from collections.abc import Iterator, Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct, location_of, path_within_stack, stage_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, reject, within
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.labeling.labeling_budget import LabelingBudget
from sagemaker_constructs.labeling.labeling_files import LabelingFiles
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_task import LabelingTask, attribute_problem
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

    Provisions: a ``Custom::SageMakerLabelingFiles``, two functions with roles and logs, two ``AWS::SQS::Queue`` (one
    for what could not be done), and two ``AWS::Events::Rule``. A bucket of the same app is told to send its events,
    and gets a CORS rule for images; any other has to have both already.
    Raises ``InvalidInput`` for tasks other than classes, boxes and entities, and for a page.

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
        budget: LabelingBudget | None = None,
    ) -> None:
        super().__init__(scope, id)
        spent = budget or LabelingBudget()
        reject(
            self,
            [
                *within("task", task.problems(people_per_object)),
                *within("task", _task_problems(task)),
                *within("input", input.problems()),
                *within("budget", spent.problems(people_per_object)),
                in_range("people_per_object", people_per_object, 1, 9),
                attribute_problem("attribute", attribute),
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
            prefix=f"{prefix}/inputs",
            most_objects=spent.most_objects,
            categories=task.labels,
            page=None,
            audits="",
            instructions=None,
            project={"Task": built_in, "Question": task.title},
        )
        self.folder: str = files.folder
        self._write_on_answers(
            {
                "name": name,
                "bucket": bucket_facts(output).name,
                "prefix": prefix,
                "task": built_in,
                "labels": list(task.labels),
                "attribute": attribute,
                "people": people_per_object,
            }
        )

    def grant_label(self, role: iam.IRole) -> None:
        """Let the role of a Label Studio read objects and tasks, and write and delete annotations."""
        give(role, self.label_grants())

    def label_grants(self) -> Grants:
        """What ``grant_label`` grants."""
        grants = Grants()
        self.input.grant_read(grants)
        inputs = f"{self.annotations_prefix.rpartition('/')[0]}/inputs/*"
        grant_read_objects(self.output, grants, inputs)
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
            "folder": self.folder,
            "annotations": facts.url(self.annotations_prefix),
            "images": bucket_facts(self.input.bucket).name if self._of_images else "",
            "key": key_arn(facts.encryption_key) if facts.encryption_key else "",
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

    def _write_on_answers(self, project: dict[str, object]) -> None:
        undone = EventQueue(self, "Undone")
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
        function = LibraryFunction(
            self,
            "Writer",
            code="labeling",
            handler="handler.manifest",
            description=f"Makes labels of the answers of {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            run_time="Its queue limits how often it runs and keeps what fails; it calls S3 alone, and its "
            "environment names resources and labels.",
            environment={"PROJECT": json_text(self, project)},
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
        tell_event_bridge(self.output)
        detail = {
            "bucket": {"name": [bucket_facts(self.output).name]},
            "object": {"key": [{"prefix": f"{self.annotations_prefix}/"}]},
        }
        arrived = events.CfnRule(
            self,
            "Arrived",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created", "Object Deleted"],
                "detail": detail,
            },
            targets=[{"id": "Answers", "arn": queue.arn}],
        )
        nightly = events.CfnRule(
            self, "Nightly", schedule_expression=_NIGHTLY, targets=[{"id": "Answers", "arn": queue.arn}]
        )
        protect(self, [queue, undone], told=[queue], rules=[arrived.attr_arn, nightly.attr_arn])


def _task_problems(task: LabelingTask) -> Iterator[Problem]:
    built_in = task.built_in
    if built_in is None or built_in.answer not in _READ or built_in.audits or built_in.name.startswith("Video"):
        yield Problem("kind", f"must be classes, boxes or entities of images or texts, got: {task.kind}")
    if task.page:
        yield Problem("page", "is not for Label Studio, which has its own, got: a page")
