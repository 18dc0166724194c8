"""A step whose arguments are the input of a call, as the API writes it."""

from collections.abc import Mapping

from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step, StepOptions


class CallStep(Step):
    """Makes the call of its type with ``request``: members as the API calls them, whose values may be expressions."""

    def __init__(self, name: str, request: Mapping[str, object], options: StepOptions | JobStepOptions) -> None:
        super().__init__(name, options)
        self._request = request

    def arguments(self) -> Mapping[str, object]:
        """The request."""
        return self._request
