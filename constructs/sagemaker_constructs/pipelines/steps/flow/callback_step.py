"""Something elsewhere as a step: people, or another system."""

from collections.abc import Mapping
from typing import ClassVar, Unpack

from aws_cdk import aws_sqs as sqs

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_results import OutputType
from sagemaker_constructs.pipelines.steps.flow.answered_step import AnsweredStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions
from sagemaker_constructs.storage.object_access import key_arn


class CallbackStep(AnsweredStep):
    """Sends ``inputs`` with a token to ``queue``, and waits until somebody answers with that token.

    Whoever reads the queue calls SendPipelineExecutionStepSuccess or …Failure, with ``outputs`` by name and type,
    which ``output`` refers to. It also receives a second message, with the status Stopping, where the execution is
    stopped, and has to answer that as well.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Callback"

    def __init__(
        self,
        name: str,
        queue: sqs.IQueue,
        *,
        inputs: Mapping[str, Plain | Expression] | None = None,
        outputs: Mapping[str, OutputType] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, inputs, outputs, options)
        self._queue = queue

    def more(self) -> Mapping[str, object]:
        """The queue and the outputs."""
        return {"SqsQueueUrl": self._queue.queue_url, "OutputParameters": self._outputs}

    def allow(self, grants: Grants) -> None:
        """Send to the queue."""
        grants.allow("sqs:SendMessage", on=self._queue.queue_arn)
        if key := self._queue.encryption_master_key:
            grants.allow("kms:GenerateDataKey", "kms:Decrypt", on=key_arn(key))
