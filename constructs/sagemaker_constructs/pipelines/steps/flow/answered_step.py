"""A step that hands inputs over, and takes what it is answered as its outputs."""

from collections.abc import Mapping

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


class AnsweredStep(Step):
    """Inputs and declared outputs of a step; subclasses say who answers, in ``more``."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, Plain | Expression] | None,
        outputs: Mapping[str, OutputType] | None,
        options: JobStepOptions,
    ) -> None:
        super().__init__(name, options)
        self._inputs = dict(inputs or {})
        self._outputs = output_parameters(outputs or {})
        self.properties: StepResult = outputs_of_step(name, self._outputs)

    def output(self, name: str) -> Expression:
        """The output ``name`` of the answer."""
        unknown = one_of("output", name, [each["OutputName"] for each in self._outputs])
        if unknown:
            raise InvalidInput(self.name, [unknown])
        return self.properties.OutputParameters[name]

    def arguments(self) -> Mapping[str, object]:
        """What is handed over."""
        return self._inputs
