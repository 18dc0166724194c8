"""A transform job as a step."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import (
    DefinitionStep,
    Text,
    changed,
    grant_read_encrypted,
    of_this_execution,
)
from sagemaker_constructs.pipelines.steps.step import JobStepOptions
from sagemaker_constructs.serving.transform.batch_transform import BatchTransform

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import TransformResult


class TransformStep(DefinitionStep):
    """Scores as ``transform`` says, with values of this pipeline.

    ``model`` is the name of another model, mostly that of a ``ModelStep``, and ``input`` another S3 URL to read.
    Results go below the prefix of the definition, in a folder of the execution and the step; ``output`` is another
    S3 URL for them. ``changes`` replace members of the CreateTransformJob request.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Transform"

    def __init__(
        self,
        name: str,
        transform: BatchTransform,
        *,
        model: Text | None = None,
        input: Text | None = None,
        output: Text | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, transform, changes or {}, options)
        self._transform = transform
        self._model = model
        self._input = input
        self._output = output
        self.properties: TransformResult = result_of_step("Transform", name)

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        written = cast(Any, request["TransformOutput"])["S3OutputPath"]
        own: dict[str, object] = {
            "TransformOutput": {"S3OutputPath": self._output or of_this_execution(written, self.name)}
        }
        if self._model is not None:
            own["ModelName"] = self._model
        if self._input is not None:
            own["TransformInput"] = {"DataSource": {"S3DataSource": {"S3Uri": self._input}}}
        return changed(request, own)

    def grant_read_result(self, asked: str, grants: Grants) -> None:
        """Allow reading the results."""
        if asked.startswith("TransformOutput"):
            output = self._transform.output
            grant_read_encrypted(output.bucket, output.folder, self._transform.encryption_key, grants)
