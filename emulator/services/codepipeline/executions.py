"""ReleaseExecutions: how revisions pass the stages, one in a stage at a time, and how stages are taken back."""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.ministack.hooks import Publish, in_scope
from emulator.services.codepipeline.actions import ActionFailed, ActionRun, Actions
from emulator.services.codepipeline.conditions import unmet
from emulator.services.codepipeline.held import Item, ReleaseExecution, ReleasePipeline, ReleaseRecords

logger = logging.getLogger("emulator.codepipeline")

_POLL_SECONDS = 0.05
_Place = tuple[str, str]
"""The ARN of a pipeline, and a stage."""


class ReleaseExecutions:
    """Carries executions on, each on a thread of its own.

    Args:
        records: What is held.
        actions: Carries actions out.
        publish: Publishes an event.
    """

    def __init__(self, records: ReleaseRecords, actions: Actions, publish: Publish) -> None:
        self._records = records
        self._actions = actions
        self._publish = publish
        self._inside: dict[_Place, ReleaseExecution] = {}
        self._waiting: defaultdict[_Place, list[ReleaseExecution]] = defaultdict(list)

    def begin(
        self,
        pipeline: ReleasePipeline,
        trigger: Item,
        *,
        revisions: Mapping[str, Item] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> ReleaseExecution:
        """Let a revision begin its way."""
        defaults = {each["name"]: each.get("defaultValue", "") for each in pipeline.declaration.get("variables", ())}
        execution = ReleaseExecution(
            str(uuid.uuid4()),
            pipeline.version,
            len(pipeline.executions),
            trigger=trigger,
            revisions={name: dict(each) for name, each in (revisions or {}).items()},
            variables={**defaults, **(variables or {})},
        )
        self._start(pipeline, execution, pipeline.declaration["stages"])
        return execution

    def roll_back(
        self, pipeline: ReleasePipeline, stage: str, target: ReleaseExecution, trigger: Item
    ) -> ReleaseExecution:
        """Run a stage again, with what an earlier execution had."""
        with self._records.lock:
            execution = ReleaseExecution(
                str(uuid.uuid4()),
                pipeline.version,
                len(pipeline.executions),
                kind="ROLLBACK",
                trigger=trigger,
                artifacts=dict(target.artifacts),
                namespaces={name: dict(each) for name, each in target.namespaces.items()},
                variables=dict(target.variables),
                revisions={name: dict(each) for name, each in target.revisions.items()},
                target=target.id,
            )
        self._start(pipeline, execution, [pipeline.stage(stage)])
        return execution

    def retry(self, pipeline: ReleasePipeline, execution: ReleaseExecution, stage: str, mode: str) -> None:
        """Let an execution go on from a stage that has failed."""
        stages: list[Item] = pipeline.declaration["stages"]
        names = [each["name"] for each in stages]
        with self._records.lock:
            execution.status, execution.summary = "InProgress", ""
            kept: Mapping[str, Item] = execution.stages[stage]["actions"] if mode == "FAILED_ACTIONS" else {}
            done = {name: each for name, each in kept.items() if each["status"] == "Succeeded"}
        self._go(pipeline, execution, stages[names.index(stage) :], done)

    def waiting(self, pipeline: ReleasePipeline, stage: str) -> Sequence[ReleaseExecution]:
        """The executions in front of a stage."""
        return list(self._waiting[pipeline.arn, stage])

    def is_occupied(self, pipeline: ReleasePipeline, stage: str) -> bool:
        """Whether an execution is in a stage."""
        return (pipeline.arn, stage) in self._inside

    def _start(self, pipeline: ReleasePipeline, execution: ReleaseExecution, stages: Sequence[Item]) -> None:
        with self._records.lock:
            pipeline.executions.append(execution)
        self._go(pipeline, execution, stages, {})

    def _go(
        self, pipeline: ReleasePipeline, execution: ReleaseExecution, stages: Sequence[Item], done: Mapping[str, Item]
    ) -> None:
        # The thread speaks for the pipeline's account, whoever has started it.
        arguments = (self._run, pipeline, execution, list(stages), done)
        threading.Thread(target=contextvars.Context().run, args=arguments, daemon=True).start()
        self._records.changed()

    def _run(
        self, pipeline: ReleasePipeline, execution: ReleaseExecution, stages: Sequence[Item], done: Mapping[str, Item]
    ) -> None:
        with in_scope(pipeline.scope.account, pipeline.scope.region):
            self._tell(pipeline, execution, "Pipeline", "STARTED")
            try:
                status, summary, failed = self._through(pipeline, execution, stages, done)
            except Exception as error:
                logger.exception("execution %s", execution.id)
                status, failed = "Failed", ""
                summary = f"The emulator could not go on: {type(error).__name__}: {error}"
            target = None
            if failed and execution.kind == "STANDARD" and _rolls_back(pipeline.stage(failed), summary):
                target = pipeline.last_good(failed, execution)
                if target is None:
                    summary += f" {failed} has no execution to roll back to."
            with self._records.lock:
                execution.status, execution.summary, execution.updated = status, summary, time.time()
            self._tell(pipeline, execution, "Pipeline", status.upper())
            if failed and target:
                trigger = {"triggerType": "AutomatedRollback", "triggerDetail": execution.id}
                self.roll_back(pipeline, failed, target, trigger)
            self._records.changed()

    def _through(
        self, pipeline: ReleasePipeline, execution: ReleaseExecution, stages: Sequence[Item], done: Mapping[str, Item]
    ) -> tuple[str, str, str]:
        """How it ended, why, and the stage that failed."""
        for declared in stages:
            name: str = declared["name"]
            refused = self._enter(pipeline, execution, name)
            if refused:
                return *refused, ""
            try:
                said = self._stage(pipeline, execution, declared, done)
            finally:
                with self._records.lock:
                    self._inside.pop((pipeline.arn, name), None)
            done = {}
            if execution.stopping:
                return "Stopped", execution.stopping, ""
            if said:
                return "Failed", said, name
        return "Succeeded", "", ""

    def _enter(self, pipeline: ReleasePipeline, execution: ReleaseExecution, stage: str) -> tuple[str, str] | None:
        """Wait until it may enter a stage; status and reason when it never will."""
        place = (pipeline.arn, stage)
        with self._records.lock:
            self._waiting[place].append(execution)
        newest_first = pipeline.declaration.get("executionMode", "SUPERSEDED") == "SUPERSEDED"
        try:
            while True:
                with self._records.lock:
                    others = [each for each in self._waiting[place] if each is not execution]
                    if execution.stopping:
                        return "Stopped", execution.stopping
                    newer = [each for each in others if each.number > execution.number]
                    if newest_first and newer and execution.kind == "STANDARD":
                        return "Superseded", f"Superseded by {newer[-1].id}"
                    older = [each for each in others if each.number < execution.number]
                    first = execution.kind == "ROLLBACK" or newest_first or not older
                    rollbacks = [each for each in others if each.kind == "ROLLBACK"]
                    if execution.kind == "STANDARD" and rollbacks:
                        first = False
                    if first and place not in self._inside and stage not in pipeline.closed:
                        self._inside[place] = execution
                        return None
                time.sleep(_POLL_SECONDS)
        finally:
            with self._records.lock:
                self._waiting[place].remove(execution)

    def _stage(
        self, pipeline: ReleasePipeline, execution: ReleaseExecution, declared: Item, done: Mapping[str, Item]
    ) -> str:
        """Run a stage; why it failed, or nothing."""
        state: Item = {"status": "InProgress", "entered": time.time(), "actions": dict(done), "conditions": {}}
        with self._records.lock:
            execution.stages[declared["name"]] = state
        self._tell(pipeline, execution, "Stage", "STARTED", stage=declared["name"])
        result, said = self._judge(execution, declared, state, "beforeEntry")
        skipped = bool(said) and result == "SKIP"
        if not said:
            said = self._actions_of(pipeline, execution, declared, state)
            if said and declared.get("onFailure", {}).get("result") == "RETRY":
                mode = declared["onFailure"].get("retryConfiguration", {}).get("retryMode", "ALL_ACTIONS")
                with self._records.lock:
                    kept: Mapping[str, Item] = state["actions"] if mode == "FAILED_ACTIONS" else {}
                    state["actions"] = {name: one for name, one in kept.items() if one["status"] == "Succeeded"}
                said = self._actions_of(pipeline, execution, declared, state)
            if not said and execution.kind == "STANDARD":
                _, said = self._judge(execution, declared, state, "onSuccess")
        status = "Skipped" if skipped else "Failed" if said else "Succeeded"
        if execution.stopping:
            status = "Stopped"
        with self._records.lock:
            state["status"] = status
        self._tell(pipeline, execution, "Stage", status.upper(), stage=declared["name"])
        return "" if skipped else said

    def _judge(self, execution: ReleaseExecution, declared: Item, state: Item, moment: str) -> tuple[str, str]:
        """The result of a stage's condition that is not met, and why it is not."""
        for each in declared.get(moment, {}).get("conditions", ()):
            with self._records.lock:
                state["conditions"][moment] = {"status": "InProgress", "summary": ""}
            said = unmet(each, state["entered"], lambda: bool(execution.stopping))
            with self._records.lock:
                state["conditions"][moment] = {"status": "Failed" if said else "Succeeded", "summary": said}
            if said:
                return str(each.get("result", "FAIL")), f"{moment} of {declared['name']}: {said}"
        return "", ""

    def _actions_of(self, pipeline: ReleasePipeline, execution: ReleaseExecution, declared: Item, state: Item) -> str:
        """Run the actions that have not succeeded yet; those of one order side by side."""
        orders = sorted({each.get("runOrder", 1) for each in declared["actions"]})
        for order in orders:
            group = [each for each in declared["actions"] if each.get("runOrder", 1) == order]
            open_ = [each for each in group if state["actions"].get(each["name"], {}).get("status") != "Succeeded"]
            said: dict[str, str] = {}

            def one(action: Item, said: dict[str, str] = said) -> None:
                said[action["name"]] = self._action(pipeline, execution, declared["name"], action, state)

            threads = [
                threading.Thread(target=contextvars.copy_context().run, args=(one, each), daemon=True)
                for each in open_
            ]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            failed = [f"{name}: {why}" for name, why in said.items() if why]
            if failed or execution.stopping:
                return "; ".join(failed) or execution.stopping
        return ""

    def _action(
        self, pipeline: ReleasePipeline, execution: ReleaseExecution, stage: str, declared: Item, state: Item
    ) -> str:
        shown: Item = {
            "actionExecutionId": str(uuid.uuid4()),
            "status": "InProgress",
            "started": time.time(),
            "lastStatusChange": time.time(),
        }
        with self._records.lock:
            state["actions"][declared["name"]] = shown
        self._tell(pipeline, execution, "Action", "STARTED", stage=stage, action=declared)
        run = ActionRun(
            pipeline, stage, declared, execution, shown, lambda: bool(execution.stopping), self._records.lock
        )
        said = ""
        try:
            variables = self._actions.run(run)
            if declared.get("namespace"):
                with self._records.lock:
                    execution.namespaces[declared["namespace"]] = dict(variables)
        except ActionFailed as error:
            said = str(error)
        except Exception as error:
            logger.exception("action %s", declared["name"])
            said = f"The emulator could not carry out this action: {type(error).__name__}: {error}"
        if said:
            run.show(errorDetails={"code": "JobFailed", "message": said})
        run.show(status="Failed" if said else "Succeeded", lastStatusChange=time.time())
        told = "FAILED" if said else "SUCCEEDED"
        self._tell(pipeline, execution, "Action", told, stage=stage, action=declared, said=said)
        self._records.changed()
        return said

    def _tell(
        self,
        pipeline: ReleasePipeline,
        execution: ReleaseExecution,
        about: str,
        state: str,
        *,
        stage: str = "",
        action: Mapping[str, Any] | None = None,
        said: str = "",
    ) -> None:
        """Publish an event.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
        """
        trigger = execution.trigger
        detail: Item = {
            "pipeline": pipeline.name,
            "execution-id": execution.id,
            "execution-trigger": {
                "trigger-type": trigger.get("triggerType"),
                "trigger-detail": trigger.get("triggerDetail"),
            },
            "state": state,
            "version": float(execution.version),
        }
        if stage:
            detail["stage"] = stage
        if action:
            detail |= {
                "action": action["name"],
                "type": dict(action["actionTypeId"]),
                "region": pipeline.scope.region,
            }
        if said:
            detail["execution-result"] = {"external-execution-summary": said, "error-code": "JobFailed"}
        kind = f"CodePipeline {about} Execution State Change"
        self._publish(pipeline.scope, kind, json.dumps(detail), [pipeline.arn])


def _rolls_back(stage: Item, summary: str) -> bool:
    """Whether a stage returns to what was good last: after a failure, or after a condition that was not met."""
    if summary.startswith("onSuccess of "):
        return "ROLLBACK" in _results(stage.get("onSuccess", {}).get("conditions", ()))
    if summary.startswith("beforeEntry of "):
        return False
    return stage.get("onFailure", {}).get("result") == "ROLLBACK"


def _results(conditions: Iterable[Item]) -> set[str]:
    return {str(each.get("result")) for each in conditions}
