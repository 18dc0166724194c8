"""What a hyperparameter may be while it is tuned."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.rules.at_synth import rule_problems

_CONFIG = "HyperParameterTuningJobConfig"
_OF_THE_WHOLE: Mapping[str, str] = dict.fromkeys(
    (_CONFIG, "ParameterRanges", "IntegerParameterRanges", "ContinuousParameterRanges"), ""
)


class HyperparameterRange(ABC):
    """The values of one hyperparameter that a tuning job may try.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html
    """

    group: ClassVar[str]
    """The member of the API's ``ParameterRanges`` that lists ranges of this class."""

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        config = {"ParameterRanges": {self.group: [self.request("")]}}
        yield from rule_problems("CreateHyperParameterTuningJob", {_CONFIG: config}, names=_OF_THE_WHOLE)

    @abstractmethod
    def request(self, name: str) -> dict[str, object]:
        """The range of the hyperparameter ``name``, as a member of its group."""


def parameter_ranges(ranges: Mapping[str, HyperparameterRange]) -> dict[str, object]:
    """The API's ``ParameterRanges``."""
    groups: dict[str, object] = {}
    for group in dict.fromkeys(each.group for each in ranges.values()):
        groups[group] = [each.request(name) for name, each in ranges.items() if each.group == group]
    return groups
