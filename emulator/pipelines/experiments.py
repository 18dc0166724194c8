"""The classic experiment of a pipeline: there when an execution begins, with a trial for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.shapes.errors import ServiceError

Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class ExecutionExperiment:
    """The experiment and the trial that a definition names.

    Args:
        experiment: ExperimentName.
        trial: TrialName.
    """

    experiment: str
    trial: str

    @staticmethod
    def of(config: Mapping[str, Any]) -> ExecutionExperiment:
        """Read a PipelineExperimentConfig whose functions are carried out."""
        return ExecutionExperiment(str(config["ExperimentName"]), str(config["TrialName"]))

    def begin(self, call: Call) -> None:
        """Make both, unless they are there. Raises ServiceError for names that SageMaker refuses."""
        experiment = {"ExperimentName": self.experiment}
        self._make(call, "Experiment", experiment, experiment)
        self._make(call, "Trial", {"TrialName": self.trial}, {"TrialName": self.trial, **experiment})

    @staticmethod
    def _make(call: Call, kind: str, named: Mapping[str, str], request: Mapping[str, str]) -> None:
        try:
            call(f"Describe{kind}", named)
        except ServiceError:
            call(f"Create{kind}", request)

    @property
    def described(self) -> dict[str, str]:
        """What DescribePipelineExecution shows of it."""
        return {"ExperimentName": self.experiment, "TrialName": self.trial}
