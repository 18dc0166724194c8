"""Hyperparameter tuning jobs: training jobs with values that are searched for, several at a time."""

from __future__ import annotations

import contextvars
import itertools
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from emulator.coverage import Coverage
from emulator.jobs.hyper_parameter_tuning.judge import Judge, counters, summary
from emulator.jobs.hyper_parameter_tuning.search import Search
from emulator.jobs.runners import JobResult, JobRunner, Work, Workshop
from emulator.jobs.running_jobs import RunningJob, RunningJobs
from emulator.sagemaker.api.records import Record
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page

COVERAGE = (
    Coverage(
        "Hyperparameter tuning jobs",
        real="training jobs, as many at a time as allowed, with values from Optuna (Bayesian: TPE), at random or of a"
        " grid; Hyperband and early stopping by the metrics in the log; several algorithms, warm start, target and"
        " lack of improvement, counters, best training job, stop",
        recorded="CompleteOnConvergence, RetryStrategy",
        refused="Autotune, HyperParameterTuningResourceConfig, CheckpointConfig",
    ),
)

_NAME = "HyperParameterTuningJobName"
_TARGET_METRIC = "_tuning_objective_metric"
"""The hyperparameter in which SageMaker tells a container what it is tuned for."""
_OF_TUNING = ("DefinitionName", "TuningObjective", "HyperParameterRanges", "StaticHyperParameters", "RetryStrategy")
_POLL_SECONDS = 0.1
_ENDED = ("Completed", "Failed", "Stopped")


@dataclass
class _Tuning(RunningJob):
    """A tuning job under way."""

    record: Record = field(kw_only=True)
    judge: Judge = field(kw_only=True)
    deadline: float = field(kw_only=True)
    lock: threading.RLock = field(default_factory=threading.RLock)
    started: int = 0

    @property
    def is_over(self) -> bool:
        """Whether no training job is to start or to go on."""
        return self.stop_requested or time.monotonic() > self.deadline or self.judge.satisfied or self.judge.in_vain


class Runner(JobRunner):
    """Runs jobs of the kind `HyperParameterTuningJob`."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._records = workshop.records
        self._tunings: RunningJobs[_Tuning] = RunningJobs()

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """The list of a tuning job's training jobs."""
        return {"ListTrainingJobsForHyperParameterTuningJob": self._list}

    def work_of(self, record: Record) -> Work:
        """Run the tuning. Raises ServiceError for what the service, or only the emulator, refuses."""
        request = record.request
        alone = request.get("TrainingJobDefinition")
        definitions: list[dict[str, Any]] = [alone] if alone else request.get("TrainingJobDefinitions", [])
        if "Autotune" in request or any("HyperParameterTuningResourceConfig" in each for each in definitions):
            raise _invalid("The emulator does not run Autotune and HyperParameterTuningResourceConfig.")
        if any("CheckpointConfig" in each for each in definitions):
            raise _invalid("The emulator does not run a search with CheckpointConfig.")
        parents = request.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", [])
        earlier = [found for each in parents for found in self._trained_by(self._tuning(each[_NAME]))]
        config = request["HyperParameterTuningJobConfig"]
        self._records.change(record, **counters([]))
        return lambda: self._run(record, [Search.of(config, each) for each in definitions], earlier)

    def stop(self, name: str) -> None:
        """Stop the training jobs under way, and start no more."""
        self._tunings.stop(name)

    def _run(self, record: Record, searches: Sequence[Search], earlier: Sequence[Record]) -> JobResult:
        config = record.request["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        for search, found in itertools.product(searches, earlier):
            metric = found.outcome.get("FinalHyperParameterTuningJobObjectiveMetric")
            if metric:
                search.learn(found.outcome["TunedHyperParameters"], metric["Value"])
        judge = Judge(config.get("TuningJobCompletionCriteria", {}))
        deadline = time.monotonic() + limits.get("MaxRuntimeInSeconds", float("inf"))
        tuning = _Tuning(record=record, judge=judge, deadline=deadline)
        parallel = limits["MaxParallelTrainingJobs"]
        turns = _turns(searches, limits.get("MaxNumberOfTrainingJobs"))
        running: set[Future[None]] = set()
        with self._tunings.under_way(record.request[_NAME], tuning), ThreadPoolExecutor(parallel) as pool:
            while True:
                while len(running) < parallel and not tuning.is_over and (search := next(turns, None)):
                    running.add(pool.submit(contextvars.copy_context().run, self._train, tuning, search))
                if not running:
                    break
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        if tuning.stop_requested:
            return JobResult(status="Stopped")
        if judge.best is None:
            return JobResult(status="Failed", failure_reason=judge.failure_reason)
        return JobResult(status="Completed")

    def _train(self, tuning: _Tuning, search: Search) -> None:
        """Run one training job to its end, and let the search and the judge know."""
        import optuna

        with tuning.lock:
            trial, tuned = search.next()
            tuning.started += 1
            name = f"{tuning.record.request[_NAME]}-{tuning.started:03d}-{secrets.token_hex(4)}"
        metric = search.objective["MetricName"]
        request = {member: value for member, value in search.definition.items() if member not in _OF_TUNING}
        fixed = search.definition.get("StaticHyperParameters", {})
        request |= {"TrainingJobName": name, "HyperParameters": {**fixed, **tuned, _TARGET_METRIC: metric}}
        self._workshop.call("CreateTrainingJob", request)
        training = self._records.find("TrainingJob", name)
        if training is None:
            return
        self._records.change(
            training,
            TuningJobArn=tuning.record.arn,
            TunedHyperParameters=tuned,
            TrainingJobDefinitionName=search.definition.get("DefinitionName"),
            ObjectiveStatus="Pending",
        )
        self._count(tuning)
        self._watch(tuning, search, trial, training)
        value = _final(training, metric)
        measured = {"MetricName": metric, "Type": search.objective["Type"], "Value": value}
        with tuning.lock:
            self._records.change(
                training,
                ObjectiveStatus="Failed" if value is None else "Succeeded",
                FinalHyperParameterTuningJobObjectiveMetric=None if value is None else measured,
            )
            state = optuna.trial.TrialState.FAIL if value is None else None
            search.study.tell(trial, value, state=state)
            tuning.judge.judge(training, maximize=search.objective["Type"] == "Maximize")
        self._count(tuning)

    def _watch(self, tuning: _Tuning, search: Search, trial: Any, training: Record) -> None:
        """Wait for the end of a training job, or bring it about."""
        name, reported, stopping = training.request["TrainingJobName"], 0, False
        while (status := training.outcome["TrainingJobStatus"]) not in _ENDED:
            seen = self._seen(search, name) if search.watches else []
            for step, value in enumerate(seen[reported:], start=reported):
                trial.report(value, step)
            reported = len(seen)
            if status == "InProgress" and not stopping and (tuning.is_over or trial.should_prune()):
                stopping = True
                try:
                    self._workshop.call("StopTrainingJob", {"TrainingJobName": name})
                except ServiceError:
                    # It has just ended by itself.
                    continue
            time.sleep(_POLL_SECONDS)

    def _seen(self, search: Search, name: str) -> list[float]:
        """The values of the objective in a training job's log so far."""
        log = self._workshop.training_log(name)
        text = log.read_text(errors="replace") if log.is_file() else ""
        definitions = search.definition["AlgorithmSpecification"].get("MetricDefinitions", [])
        patterns = [each["Regex"] for each in definitions if each["Name"] == search.objective["MetricName"]]
        return [float(found[1]) for pattern in patterns for found in re.finditer(pattern, text)]

    def _count(self, tuning: _Tuning) -> None:
        with tuning.lock:
            best = tuning.judge.best
            self._records.change(
                tuning.record,
                **counters(self._trained_by(tuning.record)),
                BestTrainingJob=summary(best) if best else None,
            )

    def _tuning(self, name: str) -> Record:
        found = self._records.find("HyperParameterTuningJob", name)
        if found is None:
            raise ServiceError("ResourceNotFound", "Amazon SageMaker can't find a tuning job with the name: " + name)
        return found

    def _trained_by(self, tuning: Record) -> list[Record]:
        return [
            each for each in self._records.of_kind("TrainingJob") if each.outcome.get("TuningJobArn") == tuning.arn
        ]

    def _list(self, request: Mapping[str, Any]) -> dict[str, Any]:
        found = [summary(each) for each in self._trained_by(self._tuning(request[_NAME]))]
        wanted, by = request.get("StatusEquals"), request.get("SortBy", "Name")
        rows = [(_order(each, by), each) for each in found if wanted in (None, each["TrainingJobStatus"])]
        rows.sort(key=lambda row: row[0], reverse=request.get("SortOrder") == "Descending")
        shown, token = page(rows, request)
        return {"TrainingJobSummaries": shown, **({"NextToken": token} if token else {})}


def _turns(searches: Sequence[Search], number: int | None) -> Iterator[Search]:
    """Whose turn it is: one after the other; each combination of a grid once."""
    if number is None:
        number = sum(len(each.grid) for each in searches if each.grid is not None) or 1
    left = {index: len(each.grid) if each.grid is not None else number for index, each in enumerate(searches)}
    for index in itertools.cycle(left):
        if number <= 0 or not any(left.values()):
            return
        if left[index] > 0:
            left[index] -= 1
            number -= 1
            yield searches[index]


def _final(training: Record, metric: str) -> float | None:
    """The objective of a training job, which one that was stopped may have too."""
    if training.outcome["TrainingJobStatus"] == "Failed":
        return None
    found = {each["MetricName"]: each["Value"] for each in training.outcome.get("FinalMetricDataList", [])}
    return found.get(metric)


def _order(shown: Mapping[str, Any], by: str) -> list[Any]:
    keys: dict[str, Any] = {
        "CreationTime": shown["CreationTime"],
        "Status": shown["TrainingJobStatus"],
        "FinalObjectiveMetricValue": shown.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value", 0.0),
    }
    return [keys.get(by, ""), shown["TrainingJobName"]]


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
