"""What labeling may cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, in_range, positive

_MOST_OBJECTS = 100_000


@dataclass(frozen=True)
class LabelingBudget:
    """How many objects are labeled at most, and what their answers may cost together.

    ``most_objects`` (maximum 100,000) is enforced when the manifest is made: with more, the deployment fails before
    a job starts. ``usd_per_answer`` is what one answer of one worker costs you, AWS's price and the worker's pay, and
    ``most_usd`` the most that all answers about ``most_objects`` may cost.

    See https://aws.amazon.com/sagemaker/groundtruth/pricing/
    """

    most_objects: int = 1_000
    usd_per_answer: float | None = None
    most_usd: float | None = None

    def problems(self, workers: int) -> Iterator[Problem | None]:
        """What is wrong with it, where each object has that many ``workers``."""
        yield in_range("most_objects", self.most_objects, 1, _MOST_OBJECTS)
        yield positive("usd_per_answer", self.usd_per_answer) if self.usd_per_answer is not None else None
        if self.most_usd is not None and self.usd_per_answer is None:
            yield Problem("most_usd", "needs usd_per_answer, from which the cost follows, got: none")
        cost = self.usd(workers)
        if cost is not None and self.most_usd is not None and cost > self.most_usd:
            words = (
                f"{self.most_objects:,} objects for {workers} workers at {self.usd_per_answer} USD are {cost:,.2f}"
            )
            yield Problem("most_usd", f"is exceeded: {words}, got: {self.most_usd:,.2f}")

    def usd(self, workers: int) -> float | None:
        """What the labels cost at most; None where no price is known."""
        return None if self.usd_per_answer is None else self.most_objects * workers * self.usd_per_answer
