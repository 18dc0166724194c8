"""The types of step that run here, and what carries them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.pipelines.attempts import INTERNAL_ERROR, Attempt, StepEnd, StepRunner, failed
from emulator.pipelines.steps.cleanup import Cleanups
from emulator.pipelines.steps.decisions import Conditions, Failures
from emulator.pipelines.steps.functions import Callbacks, FunctionCalls
from emulator.pipelines.steps.jobs import AutoMLSteps, JobSteps, ProcessingSteps, TuningSteps
from emulator.pipelines.steps.resources import RegistrationSteps, ResourceSteps

_TUNING = "HyperParameterTuningJob"
_SEARCHES = frozenset({INTERNAL_ERROR})


@dataclass(frozen=True)
class UnrunSteps(StepRunner):
    """Steps that nothing here could do the work of."""

    type: str

    def run(self, attempt: Attempt) -> StepEnd:
        """Fail and say so."""
        del attempt
        return failed(f"The emulator does not run {self.type} steps: there is nothing that could do the work.")


def step_runners(callbacks: Callbacks) -> Mapping[str, StepRunner]:
    """What carries out each type; ForEach steps are the execution's own."""
    return {
        "AutoML": AutoMLSteps("AutoMLJob", "AutoMLJob", 32, _SEARCHES),
        "Callback": callbacks,
        "Cleanup": Cleanups(),
        "Condition": Conditions(),
        "Endpoint": ResourceSteps("Endpoint", "Endpoint"),
        "EndpointConfig": ResourceSteps("EndpointConfig", "EndpointConfig"),
        "Fail": Failures(),
        "InferenceComponent": ResourceSteps("InferenceComponent", "InferenceComponent"),
        "Lambda": FunctionCalls(),
        "Model": ResourceSteps("Model", "Model"),
        "Processing": ProcessingSteps("ProcessingJob", "ProcessingJob"),
        "RegisterModel": RegistrationSteps("ModelPackage", "RegisterModel"),
        "Training": JobSteps("TrainingJob", "TrainingJob"),
        "Transform": JobSteps("TransformJob", "TransformJob"),
        "Tuning": TuningSteps(_TUNING, "TuningJob", 32, _SEARCHES),
    }
