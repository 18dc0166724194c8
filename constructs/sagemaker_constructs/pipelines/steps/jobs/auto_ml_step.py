"""Autopilot as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.call_step import CallStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import AutoMLResult


class AutoMLStep(CallStep):
    """Runs Autopilot by the CreateAutoMLJob ``request`` without its name; the mode has to be ``ENSEMBLING``.

    Autopilot's second version is not available in pipelines: start CreateAutoMLJobV2 from a ``LambdaStep`` or a
    ``CallbackStep``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "AutoML"

    def __init__(self, name: str, request: Mapping[str, object], **options: Unpack[JobStepOptions]) -> None:
        super().__init__(name, request, options)
        self.properties: AutoMLResult = result_of_step("AutoML", name)
