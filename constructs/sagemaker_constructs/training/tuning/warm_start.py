"""What a tuning job takes over from earlier ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem


@dataclass(frozen=True)
class WarmStart:
    """Begin with what the tuning jobs named in ``parents`` (1 to 5) have found.

    ``IdenticalDataAndAlgorithm`` allows other ranges and limits only; ``TransferLearning`` another image or data too.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
    """

    parents: Sequence[str]
    type: Literal["IdenticalDataAndAlgorithm", "TransferLearning"] = "IdenticalDataAndAlgorithm"

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        if not 1 <= len(self.parents) <= 5:
            yield Problem("parents", f"must hold 1 to 5 tuning jobs, got: {len(self.parents)}")

    def request(self) -> dict[str, object]:
        """The API's ``WarmStartConfig``."""
        parents = [{"HyperParameterTuningJobName": name} for name in self.parents]
        return {"ParentHyperParameterTuningJobs": parents, "WarmStartType": self.type}
