"""The result of each type of step. What type checkers and editors see of them is in ``step_results.pyi``."""

from collections.abc import Mapping
from typing import Literal

from sagemaker_constructs.core.pipeline_definitions.results import declared_outputs, result_of
from sagemaker_constructs.pipelines.references.step_result import StepResult

OutputType = Literal["String", "Integer", "Float", "Boolean"]
"""What an output of a Lambda or Callback step may be."""


def result_of_step(kind: str, step: str) -> StepResult:
    """What the step called ``step``, of the type ``kind``, will have as its result: a Describe response.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
    """
    return StepResult(step, "", result_of(kind))


def output_parameters(outputs: Mapping[str, OutputType]) -> list[dict[str, str]]:
    """Outputs of a Lambda or Callback step, as a definition declares them."""
    return [{"OutputName": name, "OutputType": kind} for name, kind in outputs.items()]


def outputs_of_step(step: str, parameters: list[dict[str, str]]) -> StepResult:
    """The result of a Lambda or Callback step, which has what ``parameters`` declare.

    Its members are known to the step alone, so that editors cannot complete them.
    """
    return StepResult(step, "", declared_outputs(parameters))
