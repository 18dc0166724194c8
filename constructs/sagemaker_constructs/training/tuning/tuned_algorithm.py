"""One algorithm of a tuning job."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.tuning.hyperparameter_range import HyperparameterRange
from sagemaker_constructs.training.tuning.objective import Objective

_LEFT_OUT = ("HyperParameters", "Tags", "OutputDataConfig", "ProfilerConfig")
_OWN_PROGRAM = ("ContainerEntrypoint", "ContainerArguments")
_OUTPUT = ("S3OutputPath", "KmsKeyId", "CompressionType")


@dataclass(frozen=True)
class TunedAlgorithm:
    """What ``training`` runs, over and over, with values of ``ranges`` in place of its own.

    Its other hyperparameters stay as they are. See
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTrainingJobDefinition.html
    """

    training: TrainingDefinition
    objective: Objective
    ranges: Mapping[str, HyperparameterRange]

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse, or what would never find a best job."""
        if not self.ranges:
            yield Problem("ranges", "must hold at least one hyperparameter")
        if "CheckpointConfig" in self.training.request:
            yield Problem("training", "must have no checkpoints, which all jobs of a search would share")
        if own := [name for name in _OWN_PROGRAM if name in self._algorithm]:
            words = f"must run what its image runs: a search takes no source or arguments, got: {', '.join(own)}"
            yield Problem("training", words)
        for name, each in self.ranges.items():
            yield from within(f"ranges[{name!r}]", each.problems())
        measured = [metric["Name"] for metric in self._algorithm.get("MetricDefinitions", [])]
        if measured and self.objective.metric not in measured:
            words = f"must be one of the training's metric definitions, {', '.join(measured)}"
            yield Problem("objective", f"{words}, got: {self.objective.metric}")

    def request(self) -> dict[str, object]:
        """The API's training job definition, without name, objective and ranges."""
        given = {name: value for name, value in self.training.request.items() if name not in _LEFT_OUT}
        output: Mapping[str, object] = cast(Any, self.training.request["OutputDataConfig"])
        return {
            **given,
            "OutputDataConfig": {name: output[name] for name in _OUTPUT if name in output},
            **({"StaticHyperParameters": self.fixed} if self.fixed else {}),
        }

    @property
    def fixed(self) -> Mapping[str, str]:
        """The hyperparameters that are not searched."""
        given: Mapping[str, str] = cast(Any, self.training.request.get("HyperParameters", {}))
        return {name: value for name, value in given.items() if name not in self.ranges}

    @property
    def _algorithm(self) -> Mapping[str, Any]:
        return cast(Any, self.training.request["AlgorithmSpecification"])
