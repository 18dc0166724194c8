"""A labeling job that is started when its stack is deployed."""

from collections.abc import Sequence

from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.jobs.started_job import StartedJob
from sagemaker_constructs.labeling.ground_truth.labeling_definition import LabelingDefinition
from sagemaker_constructs.training.training_input import TrainingInput


class LabelingJob(StartedJob):
    """Starts ``definition`` once per change; people take their time, and the deployment goes on without them.

    What became of it is in parameters below ``parameter_name``, as of every ``StartedJob``: ``JobName`` and
    ``ManifestUrl`` are of the last job that has completed. ``notify`` is told of each end.

    A job with a ``stream`` runs until the stack is deleted or its request changes, and is then stopped.

    Raises ``InvalidInput`` for a ``parameter_name`` that the Systems Manager refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-monitor-cloud-watch.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        definition: LabelingDefinition,
        parameter_name: str,
        notify: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, id, definition=definition, parameter_name=parameter_name, notify=notify)
        self._definition = definition

    def training_input(self, scope: Construct, attributes: Sequence[str] = ()) -> TrainingInput:
        """What was labeled as a channel, for a training in the stack of ``scope``, deployed after this one.

        ``attributes`` are streamed in their order, by default each object and its label. The channel is of the last
        job that had completed when that stack was deployed.

        Raises ``InvalidInput`` for the job's own stack, for a job with a stream, and where objects and labels are in
        different buckets.
        """
        definition = self._definition
        if definition.stream:
            words = "must be of a job that completes, and one with a stream is stopped, got: a stream"
            reject(self, [Problem("definition.stream", words)])
        if definition.output is not definition.input.bucket:
            words = "must be the bucket of the objects, for a channel that has both, got: another one"
            reject(self, [Problem("definition.output", words)])
        return TrainingInput(
            definition.output,
            definition.input.prefix,
            content_type="application/x-recordio",
            input_mode="Pipe",
            manifest=definition.manifest_key(self.result(scope, "JobName")),
            attributes=list(attributes) or ["source-ref", definition.attribute],
            record_wrapper="RecordIO",
        )
