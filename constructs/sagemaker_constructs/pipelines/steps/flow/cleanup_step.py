"""Outputs that nobody needs once the pipeline is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Unpack

from sagemaker_constructs.pipelines.steps.definition_step import Text
from sagemaker_constructs.pipelines.steps.step import Dependency, Step, StepOptions


@dataclass(frozen=True)
class CleanedOutput:
    """What ``step`` has written to S3: all of it for training, and the objects ``urls`` for other jobs."""

    step: Step
    urls: Sequence[Text] = ()

    def document(self) -> dict[str, object]:
        """Its entry among the resources of a Cleanup step."""
        return {"StepName": self.step.name, **({"S3Uris": [*self.urls]} if self.urls else {})}


class CleanupStep(Step):
    """Deletes ``outputs`` after the steps that have written them.

    The pipeline's role gets the right to delete what these steps write: data that an execution makes and later steps
    have used up. Steps inside a VPC cannot be cleaned up.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Cleanup"

    def __init__(self, name: str, outputs: Sequence[CleanedOutput], **options: Unpack[StepOptions]) -> None:
        own = [Dependency.of(each) for each in options.get("depends_on", ())]
        named = {each.step.name for each in own}
        waits = [*own, *(Dependency(each.step) for each in outputs if each.step.name not in named)]
        super().__init__(name, {**options, "depends_on": waits})
        self._outputs = outputs

    def arguments(self) -> Mapping[str, object]:
        """The steps, and what of theirs."""
        return {"Resources": {"S3": [each.document() for each in self._outputs]}}
