"""A function as a step."""

from collections.abc import Mapping
from typing import ClassVar, Unpack

from aws_cdk import aws_lambda as lambda_

from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_results import OutputType
from sagemaker_constructs.pipelines.steps.flow.answered_step import AnsweredStep
from sagemaker_constructs.pipelines.steps.step import JobStepOptions


class LambdaStep(AnsweredStep):
    """Invokes ``function`` with ``inputs`` as its event, and waits for its answer, ten minutes at most.

    ``outputs`` are members of the answer, by name and type, which ``output`` refers to.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Lambda"

    def __init__(
        self,
        name: str,
        function: lambda_.IFunction,
        *,
        inputs: Mapping[str, Plain | Expression] | None = None,
        outputs: Mapping[str, OutputType] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, inputs, outputs, options)
        self._arn = function.function_arn

    def more(self) -> Mapping[str, object]:
        """The function and its outputs."""
        return {"FunctionArn": self._arn, "OutputParameters": self._outputs}
