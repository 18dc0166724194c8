"""When a tuning job may end before its last training job."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem


@dataclass(frozen=True)
class CompletionCriteria:
    """Ends as soon as one of these holds.

    ``target`` is a value of the objective that is good enough. ``jobs_not_improving`` is how many training jobs in a
    row may leave the best one unbeaten (minimum: 3). ``on_convergence`` ends the job when SageMaker expects no
    improvement any more.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-progress.html
    """

    target: float | None = None
    jobs_not_improving: int | None = None
    on_convergence: bool = False

    def problems(self) -> Iterator[Problem]:
        """What AWS would refuse."""
        if self.jobs_not_improving is not None and self.jobs_not_improving < 3:
            yield Problem("jobs_not_improving", f"must be at least 3, got: {self.jobs_not_improving}")

    def request(self) -> dict[str, object]:
        """The API's ``TuningJobCompletionCriteria``."""
        found: dict[str, object] = {}
        if self.target is not None:
            found["TargetObjectiveMetricValue"] = self.target
        if self.jobs_not_improving is not None:
            found["BestObjectiveNotImproving"] = {"MaxNumberOfTrainingJobsNotImproving": self.jobs_not_improving}
        if self.on_convergence:
            found["ConvergenceDetected"] = {"CompleteOnConvergence": "Enabled"}
        return found
