"""The steps of one request of CloudFormation, each of which may be repeated."""

import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.job import logic
from lambdas.job.kinds import DEPLOYED_KINDS

logger = logging.getLogger()

LONGEST_WAIT_SECONDS = 58 * 60
"""CloudFormation waits for an hour, and fails without a reason then."""
_SHORTEST_PAUSE_SECONDS = 2
_LONGEST_PAUSE_SECONDS = 30

Outcome = dict[str, Any]


class RequestsUnderWay(Protocol):
    """What CloudFormation has asked for and not been answered yet; ``Executions`` are such."""

    def supersede(self, request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """End what is under way for the same resource, and say what was asked for in each case."""
        ...

    def is_superseded(self, execution: str) -> bool:
        """Whether somebody has ended it."""
        ...


class DeploymentApi(logic.JobApi, Protocol):
    """The calls that a job needs, and which of their errors pass."""

    def passes(self, error: Exception) -> bool:
        """Whether the same call may be answered later."""
        ...


@dataclass(frozen=True)
class JobDeployment:
    """Carries out a step, and says whether CloudFormation has its answer (``Ended``) and how long to pause.

    What passes, such as throttling, is raised: the state machine repeats the step, as when the function dies.
    Everything else is answered. ``accept`` and ``refuse`` send an answer; a second one changes nothing. ``tell``
    sends the name of a job that nobody waits for to the queue of its results.
    """

    sagemaker: DeploymentApi
    executions: RequestsUnderWay
    accept: Callable[..., None]
    refuse: Callable[[Mapping[str, Any], Exception], None]
    tell: Callable[[str, str], None]
    now: Callable[[], float]

    def choose(self, request: Mapping[str, Any]) -> Outcome:
        """Name the job to start on Create and Update, and those to stop on Delete."""
        return self._judged(request, lambda: {"Names": self._chosen(request), "Ended": False})

    def start(self, request: Mapping[str, Any], began: int, job: Mapping[str, Any], execution: str) -> Outcome:
        """Start the job that was chosen, or stop those."""
        return self._judged(request, lambda: self._start(request, began, job["Names"], execution))

    def look(self, request: Mapping[str, Any], began: int, job: Mapping[str, Any]) -> Outcome:
        """Answer if the job has ended."""
        return self._judged(request, lambda: self._look(request, began, job["Names"]))

    def give_up(self, request: Mapping[str, Any], failure: Mapping[str, str]) -> Outcome:
        """Answer that a step has failed again and again, and leave nothing running that the request has started."""
        self._stop_all(request)
        self.refuse(request, logic.JobFailed(_reason(failure)))
        return {"Ended": True}

    def _judged(self, request: Mapping[str, Any], step: Callable[[], Outcome]) -> Outcome:
        try:
            return step()
        except Exception as error:
            if self.sagemaker.passes(error) or isinstance(error, OSError):
                raise
            logger.exception("%s of %s failed", request["RequestType"], request["LogicalResourceId"])
            self.refuse(request, error)
            return {"Ended": True}

    def _chosen(self, request: Mapping[str, Any]) -> list[str]:
        asked = logic.JobRequest.from_event(request)
        replaced = [logic.JobRequest.from_event(each) for each in self.executions.supersede(request)]
        begun = [name for each in replaced for name in logic.started(self.sagemaker, each)]
        if request["RequestType"] == "Delete":
            return list(dict.fromkeys([*self._known(request, asked), *begun]))
        name = logic.choose(self.sagemaker, asked)
        for other in begun:
            if other != name:
                logic.stop(self.sagemaker, asked.kind, other)
        return [name]

    def _known(self, request: Mapping[str, Any], asked: logic.JobRequest) -> list[str]:
        name = str(request["PhysicalResourceId"])
        # CloudFormation was never told the name of what it deletes where the creation has failed or was interrupted.
        return [name] if name.startswith(f"{asked.prefix}-") else logic.started(self.sagemaker, asked)

    def _start(self, request: Mapping[str, Any], began: int, names: list[str], execution: str) -> Outcome:
        asked = logic.JobRequest.from_event(request)
        if request["RequestType"] == "Delete":
            self._stop(asked, names)
            return self._next(names, began)
        [name] = names
        logic.create(self.sagemaker, asked, name)
        if self.executions.is_superseded(execution):
            # Whoever did so may have looked for the job before it was there.
            logic.stop(self.sagemaker, asked.kind, name)
            return {"Ended": True}
        results = request["ResourceProperties"].get("Results")
        if results:
            self.tell(results, name)
            self.accept(request, name)
            return {"Ended": True}
        return self._next(names, began)

    def _look(self, request: Mapping[str, Any], began: int, names: list[str]) -> Outcome:
        kind = DEPLOYED_KINDS[request["ResourceProperties"]["Kind"]]
        if request["RequestType"] == "Delete":
            asked = logic.JobRequest.from_event(request)
            late = [name for name in self._known(request, asked) if name not in names]
            self._stop(asked, late)
            names = [*names, *late]
            if all(logic.has_stopped(self.sagemaker, kind, name) for name in names):
                self.accept(request, str(request["PhysicalResourceId"]))
                return {"Ended": True}
        else:
            attributes = logic.result(self.sagemaker, kind, names[0])
            if attributes is not None:
                self.accept(request, names[0], attributes)
                return {"Ended": True}
        if self.now() - began > LONGEST_WAIT_SECONDS:
            self._stop_all(request)
            minutes = LONGEST_WAIT_SECONDS // 60
            raise logic.JobFailed(f"{', '.join(names)} did not end within {minutes} minutes")
        return self._next(names, began)

    def _next(self, names: list[str], began: int) -> Outcome:
        """Look again after a pause that grows with the time that the job has taken already."""
        pause = int((self.now() - began) / 4)
        return {
            "Names": names,
            "Pause": min(max(pause, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS),
            "Ended": False,
        }

    def _stop(self, asked: logic.JobRequest, names: list[str]) -> None:
        for name in names:
            logic.stop(self.sagemaker, asked.kind, name)

    def _stop_all(self, request: Mapping[str, Any]) -> None:
        """Stop what was started for the request; not what it found running, as its name was known before."""
        asked = logic.JobRequest.from_event(request)
        for name in logic.started(self.sagemaker, asked):
            if name != request.get("PhysicalResourceId"):
                logic.stop(self.sagemaker, asked.kind, name)


def _reason(failure: Mapping[str, str]) -> str:
    """What a state machine has caught, in words; the cause is JSON where the function has raised it."""
    cause = failure.get("Cause", "")
    with contextlib.suppress(ValueError, AttributeError):
        cause = str(json.loads(cause).get("errorMessage", cause))
    return f"{failure['Error']}: {cause}"
