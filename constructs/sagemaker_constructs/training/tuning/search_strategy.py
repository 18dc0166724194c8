"""How a tuning job chooses what it tries next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, positive


@dataclass(frozen=True)
class SearchStrategy:
    """``Bayesian`` learns from the jobs before, ``Random`` tries many at once, ``Grid`` every combination.

    ``Hyperband`` gives many a short run and the best ones a long one: ``minimum_resource`` and ``maximum_resource``
    are epochs, or whatever the objective's metric is reported by. Without a maximum, SageMaker takes it from a
    hyperparameter such as ``epochs``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
    """

    name: Literal["Bayesian", "Random", "Hyperband", "Grid"] = "Bayesian"
    minimum_resource: int | None = None
    maximum_resource: int | None = None

    @staticmethod
    def bayesian() -> "SearchStrategy":
        """Each job is chosen by what the jobs before have shown."""
        return SearchStrategy("Bayesian")

    @staticmethod
    def random() -> "SearchStrategy":
        """Values are drawn at random; jobs do not depend on each other."""
        return SearchStrategy("Random")

    @staticmethod
    def grid() -> "SearchStrategy":
        """Every combination of categorical values."""
        return SearchStrategy("Grid")

    @staticmethod
    def hyperband(*, minimum_resource: int | None = None, maximum_resource: int | None = None) -> "SearchStrategy":
        """Poor jobs are stopped early, by the metric that they report."""
        return SearchStrategy("Hyperband", minimum_resource, maximum_resource)

    def problems(self) -> Iterator[Problem | None]:
        """What no strategy can be limited to."""
        for name, limit in (("minimum_resource", self.minimum_resource), ("maximum_resource", self.maximum_resource)):
            yield None if limit is None else positive(name, limit)

    def request(self) -> dict[str, object]:
        """The API's ``StrategyConfig``; empty for strategies without one."""
        limits = {"MinResource": self.minimum_resource, "MaxResource": self.maximum_resource}
        given = {name: value for name, value in limits.items() if value is not None}
        return {"HyperbandStrategyConfig": given} if given else {}
