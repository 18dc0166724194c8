"""A job of any category as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.call_step import CallStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import JobResult


class JobStep(CallStep):
    """Runs a job by the CreateJob ``request`` without its name; its ``JobConfigDocument`` is JSON as text.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateJob.html
    """

    type: ClassVar[str] = "Job"

    def __init__(self, name: str, request: Mapping[str, object], **options: Unpack[JobStepOptions]) -> None:
        super().__init__(name, request, options)
        self.properties: JobResult = result_of_step("Job", name)
