"""Which training job of a tuning job is the best, and whether there need to be more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator.sagemaker.api.records import Record

_VAIN_JOBS = 5
_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"


class Judge:
    """Hears of every training job that has ended.

    Args:
        criteria: The tuning job's TuningJobCompletionCriteria.
    """

    def __init__(self, criteria: Mapping[str, Any]) -> None:
        self._target: float | None = criteria.get("TargetObjectiveMetricValue")
        not_improving = criteria.get("BestObjectiveNotImproving", {})
        self._patience: int | None = not_improving.get("MaxNumberOfTrainingJobsNotImproving")
        self.best: Record | None = None
        self.not_improving = 0
        self._unmeasured = self._failed = 0
        self._good_enough = False

    @property
    def satisfied(self) -> bool:
        """Whether a completion criterion holds."""
        return self._good_enough or (self._patience is not None and self.not_improving >= self._patience)

    @property
    def in_vain(self) -> bool:
        """Whether the first jobs have shown that no job will do."""
        return self.best is None and self._unmeasured >= _VAIN_JOBS

    @property
    def failure_reason(self) -> str:
        """Why there is no best job."""
        if self._failed == self._unmeasured:
            return (
                f"No training job succeeded after {self._failed} attempts. For additional details, please take a look"
                " at the training job failures by listing training jobs for the hyperparameter tuning job."
            )
        return (
            f"No objective metrics found after running {self._unmeasured} training jobs. Please ensure that the"
            " custom algorithm is emitting the objective metric as defined by the regular expression provided."
        )

    def judge(self, training: Record, *, maximize: bool) -> None:
        """Take note of a training job that has ended."""
        metric = training.outcome.get(_METRIC)
        if metric is None:
            status = training.outcome["TrainingJobStatus"]
            # One that was stopped because others have failed is no sign of its own.
            self._unmeasured += status != "Stopped"
            self._failed += status == "Failed"
            return
        sign = 1 if maximize else -1
        best = self.best.outcome[_METRIC]["Value"] if self.best else None
        if best is None or sign * metric["Value"] > sign * best:
            self.best, self.not_improving = training, 0
        else:
            self.not_improving += 1
        if self._target is not None and sign * metric["Value"] >= sign * self._target:
            self._good_enough = True


def counters(trained: Sequence[Record]) -> dict[str, Any]:
    """How many training jobs are in which state, as Describe shows it."""
    statuses = [each.outcome["TrainingJobStatus"] for each in trained]
    aims = [each.outcome["ObjectiveStatus"] for each in trained]
    return {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {each: aims.count(each) for each in ("Succeeded", "Pending", "Failed")},
    }


def summary(training: Record) -> dict[str, Any]:
    """A training job as HyperParameterTrainingJobSummary shows it."""
    told = {**training.outcome, "TrainingJobName": training.request["TrainingJobName"]}
    members = (
        *(
            "TrainingJobDefinitionName",
            "TrainingJobName",
            "TrainingStartTime",
            "TrainingEndTime",
            "TrainingJobStatus",
        ),
        *("TunedHyperParameters", "FailureReason", _METRIC, "ObjectiveStatus"),
    )
    shown = {member: told[member] for member in members if told.get(member) is not None}
    return {**shown, "TrainingJobArn": training.arn, "CreationTime": training.created}
