"""A column of a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from sagemaker_constructs.training.automl.problems.auto_ml_problem import AutoMLProblem

TabularKind = Literal["BinaryClassification", "MulticlassClassification", "Regression"]
SearchMode = Literal["AUTO", "ENSEMBLING", "HYPERPARAMETER_TUNING"]


@dataclass(frozen=True)
class TabularProblem(AutoMLProblem):
    """Predict the column ``target`` of a table by the others.

    ``kind`` and ``metric`` are given together, or both are chosen by Autopilot. ``mode`` ``ENSEMBLING`` stacks models
    of several algorithms, whose winner is one container; ``HYPERPARAMETER_TUNING`` tunes single ones, and ``AUTO``
    chooses by the size of the data.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TabularJobConfig.html
    """

    member: ClassVar[str] = "TabularJobConfig"
    most_candidates: ClassVar[int] = 750

    target: str
    kind: TabularKind | None = None
    metric: str | None = None
    mode: SearchMode = "ENSEMBLING"

    @property
    def config(self) -> Mapping[str, object]:
        """The ``TabularJobConfig``."""
        kind = {"ProblemType": self.kind} if self.kind else {}
        return {"TargetAttributeName": self.target, "Mode": self.mode, **kind}

    @property
    def objective(self) -> str | None:
        """``metric``."""
        return self.metric

    @property
    def serves_from_one_container(self) -> bool:
        """Tuned models come with containers that transform features and labels."""
        return self.mode == "ENSEMBLING"
