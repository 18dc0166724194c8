"""A function as a step."""

from collections.abc import Mapping
from typing import ClassVar, Unpack

from aws_cdk import aws_lambda as lambda_

from sagemaker_constructs.core.problems import InvalidInput, one_of
from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_result import StepResult
from sagemaker_constructs.pipelines.references.step_results import (
    OutputType,
    output_parameters,
    outputs_of_step,
)
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step


class LambdaStep(Step):
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
        super().__init__(name, options)
        self._inputs = dict(inputs or {})
        self._outputs = output_parameters(outputs or {})
        self._arn = function.function_arn
        self.properties: StepResult = outputs_of_step(name, self._outputs)

    def output(self, name: str) -> Expression:
        """The output ``name`` of the function."""
        unknown = one_of("output", name, [each["OutputName"] for each in self._outputs])
        if unknown:
            raise InvalidInput(self.name, [unknown])
        return self.properties.OutputParameters[name]

    def arguments(self) -> Mapping[str, object]:
        """The function's event."""
        return self._inputs

    def more(self) -> Mapping[str, object]:
        """The function and its outputs."""
        return {"FunctionArn": self._arn, "OutputParameters": self._outputs}
