"""One execution of a pipeline, from its start, or a retry of it, to its end."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, cast

from emulator.containers.objects import S3Client, split_uri
from emulator.pipelines import cache
from emulator.pipelines.attempts import Attempt, StepEnd, StepRunner, StepServices, failed
from emulator.pipelines.definition import DefinedStep, ParsedDefinition
from emulator.pipelines.events import PipelineEvents
from emulator.pipelines.experiments import ExecutionExperiment
from emulator.pipelines.graph import StepGraph
from emulator.pipelines.states import StepStates
from emulator.pipelines.steps.runners import UnrunSteps
from emulator.pipelines.values import UnresolvedError, Values
from emulator.sagemaker.api.records import Record, Records
from emulator.services.clock import FACTOR, shortened
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.pipelines")

_FAILED = "Step failure: One or multiple steps failed."
_UNRESOLVED = ("IfSteps", "ElseSteps", "ForEachBody")
_INTERVAL_SECONDS, _BACKOFF_RATE, _ATTEMPTS = 1, 2.0, 5
_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What executions have in common.

    Args:
        records: Where they are kept.
        events: Told of each status.
        services: What steps may call.
        runners: What carries out each type of step.
        earlier: The executions of a pipeline, the youngest first.
    """

    records: Records
    events: PipelineEvents
    services: StepServices
    runners: Mapping[str, StepRunner]
    earlier: Callable[[str], Sequence[Record]]


@dataclass
class PipelineRun:
    """An execution under way.

    Args:
        record: Its record, whose outcome holds the states of its steps.
        definition: What it carries out.
        place: What it has in common with others.
        stop: Set when it is to stop.
    """

    record: Record
    definition: ParsedDefinition
    place: Workplace
    stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._states = StepStates(self.record, self.place.records, self.place.events)
        self._results = self._states.results()

    def run(self) -> None:
        """Carry out all steps that are not done yet; never raises."""
        try:
            self._begin_experiment()
            graph = StepGraph(self._chosen(), self._states.ended(), self._was_true, self._limit, self.stop)
            graph.run(lambda step: self._carry_out(step, self._values, self._results))
            self._end(graph)
        except (ServiceError, UnresolvedError) as error:
            self.change("Failed", FailureReason=f"ClientError: {error}", EndTime=time.time())
        except Exception as error:
            logger.exception("pipeline execution %s", self.record.arn)
            self.change("Failed", FailureReason=f"InternalServerError: {error}")

    def change(self, status: str, **members: Any) -> None:
        """Enter a status, and tell of it."""
        before = self.record.outcome.get("PipelineExecutionStatus")
        self.place.records.change(self.record, PipelineExecutionStatus=status, **members)
        self.place.events.execution(self.record, before)

    def ask_to_stop(self) -> bool:
        """Let no further step begin, and end those under way; False for an execution that has just ended."""
        with self.place.records.lock:
            before = self.record.outcome["PipelineExecutionStatus"]
            if before == "Executing":
                self.place.records.change(self.record, PipelineExecutionStatus="Stopping")
        if before == "Executing":
            self.place.events.execution(self.record, before)
            self.stop.set()
        return before in ("Executing", "Stopping")

    def _begin_experiment(self) -> None:
        config = json.loads(self.record.outcome["PipelineDefinition"]).get("PipelineExperimentConfig")
        if config:
            experiment = ExecutionExperiment.of(self._values({}).resolved(config))
            experiment.begin(self.place.services.sagemaker)
            self.place.records.change(self.record, PipelineExperimentConfig=experiment.described)

    def _chosen(self) -> Mapping[str, DefinedStep]:
        chosen = self.record.request.get("SelectiveExecutionConfig")
        if not chosen:
            return self.definition.steps
        names = {each["StepName"] for each in chosen["SelectedSteps"]}
        return {name: step for name, step in self.definition.steps.items() if name in names}

    def _end(self, graph: StepGraph) -> None:
        has_failed = "Failed" in graph.ended.values()
        if graph.given_up:
            self.change("Failed", FailureReason=_FAILED, EndTime=time.time())
        elif self.stop.is_set():
            self.change("Stopped", EndTime=time.time())
        else:
            self.change("CompletedWithFailures" if has_failed else "Succeeded", EndTime=time.time())

    def _limit(self) -> int | None:
        return self.record.outcome.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")

    def _was_true(self, condition: str) -> bool:
        return self._results[condition]["Outcome"] == "True"

    def _values(self, results: Mapping[str, Any], item: Any = None) -> Values:
        outcome = self.record.outcome
        facts = {
            "CurrentDateTime": _moment(time.time()),
            "PipelineArn": outcome["PipelineArn"],
            "PipelineExecutionArn": self.record.arn,
            "PipelineExecutionId": self.record.arn.rsplit("/", 1)[1],
            "PipelineName": outcome["PipelineName"],
            "StartDateTime": _moment(self.record.created),
        }
        return Values(outcome["Parameters"], facts, results, _Objects(self.place.services.s3), item)

    def _carry_out(
        self,
        step: DefinedStep,
        values: Callable[..., Values],
        results: dict[str, Any],
        context: Mapping[str, Any] | None = None,
    ) -> str:
        state = self._states.begin(step, context)
        try:
            body = _resolved(step, values(dict(results)))
        except UnresolvedError as error:
            return self._states.end(state, failed(f"ClientError: {error}"))
        if step.type == "ForEach":
            end = self._repeat(step, body, state, results)
        else:
            sign = cache.signature(step.type, body)
            hit = cache.find(step.body.get("CacheConfig") or {}, sign, self._earlier(step.name))
            if hit:
                results[step.name] = hit.state["Result"]
                return self._states.reuse(state, hit, sign)
            self._states.change(state, Signature=sign)
            end = self._attempt(step, body, state, results)
        if end.status == "Succeeded":
            results[step.name] = end.result
        return self._states.end(state, end)

    def _earlier(self, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for record in self.place.earlier(self.record.outcome["PipelineArn"]):
            for state in record.outcome.get("Steps", []):
                if state["StepName"] == name and record is not self.record:
                    yield record.arn, state

    def _attempt(
        self, step: DefinedStep, body: Mapping[str, Any], state: Mapping[str, Any], results: Mapping[str, Any]
    ) -> StepEnd:
        runner = self.place.runners.get(step.type) or UnrunSteps(step.type)
        retries, number = _Retries(step.body.get("RetryPolicies") or []), 1
        while True:
            attempt = Attempt(
                name=step.name,
                body=body,
                execution_id=self.record.arn.rsplit("/", 1)[1],
                execution_arn=self.record.arn,
                services=self.place.services,
                stop=self.stop,
                tell=lambda metadata: self._states.change(state, Metadata=dict(metadata)),
                results=results,
            )
            try:
                end = runner.run(attempt)
            except ServiceError as error:
                end = failed(f"ClientError: {error.message}")
            except Exception as error:
                logger.exception("step %s of %s", step.name, self.record.arn)
                end = failed(f"InternalServerError: {error}")
            pause = retries.pause(end.exception) if end.status == "Failed" else None
            if pause is None or self.stop.wait(pause):
                return end
            number += 1
            self._states.change(state, AttemptCount=number)

    def _repeat(
        self, step: DefinedStep, body: Mapping[str, Any], state: Mapping[str, Any], results: Mapping[str, Any]
    ) -> StepEnd:
        """Carry out the body of a ForEach step for each item."""
        arguments: Mapping[str, Any] = body["Arguments"]
        items: list[Any] = arguments["IterableItems"]
        inner = {each.name: each for each in step.inner}
        graphs: list[StepGraph] = []
        outputs: list[dict[str, Any]] = [{} for _ in items]

        def repeat(index: int, item: Any) -> None:
            own = dict(results)
            context = {"ParentStepName": step.name, "Index": index, "Item": str(item)}
            graph = StepGraph(inner, {}, lambda name: own[name]["Outcome"] == "True", lambda: None, self.stop)
            graphs.append(graph)

            def values(known: Mapping[str, Any]) -> Values:
                return self._values(known, item)

            graph.run(lambda each: self._carry_out(each, values, own, context))
            outputs[index] = {name: own[name] for name in inner if name in own}

        each_item = {
            str(index): DefinedStep(str(index), "Iteration", {"Item": item}) for index, item in enumerate(items)
        }

        def iterate(one: DefinedStep) -> str:
            repeat(int(one.name), one.body["Item"])
            return "Succeeded"

        most = int(arguments.get("MaxConcurrency") or 1)
        StepGraph(each_item, {}, lambda _: True, lambda: most, self.stop).run(iterate)
        statuses = [status for graph in graphs for status in graph.ended.values()]
        counts = {
            "InputItemCount": len(items),
            "TotalStepCount": len(statuses),
            "SucceededStepCount": statuses.count("Succeeded"),
            "FailedStepCount": statuses.count("Failed"),
            "StoppedStepCount": statuses.count("Stopped"),
        }
        status = "Failed" if counts["FailedStepCount"] else "Stopped" if self.stop.is_set() else "Succeeded"
        shown: dict[str, Any] = {"Status": status, **counts}
        result: dict[str, Any] = {**shown, "IterationOutputs": outputs}
        if status == "Succeeded" and arguments.get("Selector"):
            try:
                chosen = _selected(arguments["Selector"], outputs, inner)
            except UnresolvedError as error:
                return failed(f"ClientError: {error}")
            result["Selected"] = outputs[chosen[1]]
            shown["Selector"] = {"StepName": chosen[0], "Index": chosen[1]}
        self._states.change(state, Metadata={"ForEach": shown})
        if status == "Failed":
            return failed("ClientError: One or multiple iterations failed.")
        return StepEnd(status=status, result=result)


@dataclass(frozen=True)
class _Objects:
    s3: S3Client

    def text(self, uri: str) -> str:
        bucket, key = split_uri(uri)
        try:
            return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except Exception as error:
            raise UnresolvedError(f"{uri} cannot be read: {error}") from error


class _Retries:
    """The retry policies of a step, and how often each has been used."""

    def __init__(self, policies: Sequence[Mapping[str, Any]]) -> None:
        self._policies = policies
        self._used = [0] * len(policies)
        self._started = time.monotonic()

    def pause(self, exception: str) -> float | None:
        """Seconds until the next attempt after an exception; None when there is to be none."""
        for position, policy in enumerate(self._policies):
            if not exception or exception not in policy["ExceptionType"]:
                continue
            used = self._used[position]
            self._used[position] = used + 1
            if "ExpireAfterMin" in policy:
                passed = (time.monotonic() - self._started) * FACTOR
                if passed > policy["ExpireAfterMin"] * _MINUTE:
                    return None
            elif used >= policy.get("MaxAttempts", _ATTEMPTS):
                return None
            interval = policy.get("IntervalSeconds", _INTERVAL_SECONDS)
            return shortened(interval * policy.get("BackoffRate", _BACKOFF_RATE) ** used)
        return None


def _resolved(step: DefinedStep, values: Values) -> Mapping[str, Any]:
    arguments = cast(dict[str, Any], step.body.get("Arguments") or {})
    whole = {name: value for name, value in step.body.items() if name != "Arguments"}
    own = {name: value for name, value in arguments.items() if name not in _UNRESOLVED}
    return {**values.resolved(whole), "Arguments": values.resolved(own)}


def _selected(
    selector: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]], inner: Mapping[str, DefinedStep]
) -> tuple[str, int]:
    """The step and the iteration with the most or the least of a field, such as `Train.FinalMetric`."""
    name, _, path = str(selector["Field"]).partition(".")
    if name not in inner:
        raise UnresolvedError(f"{selector['Field']} names no step of the loop.")
    found: list[tuple[Any, int]] = []
    for index, given in enumerate(outputs):
        values = Values({}, {}, given, cast(Any, None))
        found.append((values.resolved({"Get": f"Steps.{name}.{path}"}), index))
    pick = max if selector["Pick"] == "MaxBy" else min
    return name, pick(found)[1]


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
