"""What CodePipeline holds: pipelines and their executions, by account and region."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.shapes.errors import ServiceError

Item = dict[str, Any]
RUNNING = ("InProgress", "Stopping")


@dataclass
class ReleaseExecution:
    """One way of a revision through a pipeline.

    Args:
        id: Its identifier.
        version: Of the pipeline, when it began.
        number: How many were before it.
        kind: `STANDARD` or `ROLLBACK`.
        trigger: What began it, as GetPipelineExecution shows it.
        status: As GetPipelineExecution shows it.
        summary: Why it has that status.
        started: When it began.
        updated: When something became of it last.
        artifacts: The key in S3 of each artifact.
        namespaces: Variables of actions, by their namespaces.
        variables: The pipeline's own.
        revisions: The source revision of each source action.
        stages: State of each stage that it has come to, by name; within it `actions`.
        target: The execution that a rollback returns to.
        stopping: Why it is being stopped.
    """

    id: str
    version: int
    number: int
    kind: str = "STANDARD"
    trigger: Item = field(default_factory=dict[str, Any])
    status: str = "InProgress"
    summary: str = ""
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    artifacts: dict[str, str] = field(default_factory=dict[str, str])
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    variables: dict[str, str] = field(default_factory=dict[str, str])
    revisions: dict[str, Item] = field(default_factory=dict[str, Item])
    stages: dict[str, Item] = field(default_factory=dict[str, Item])
    target: str = ""
    stopping: str = ""

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in RUNNING

    def succeeded_in(self, stage: str) -> bool:
        """Whether a stage was successful."""
        return self.stages.get(stage, {}).get("status") == "Succeeded"


@dataclass
class ReleasePipeline:
    """A pipeline.

    Args:
        scope: Account and region.
        declaration: As GetPipeline shows it.
        created: When it was made.
        updated: When it was changed last.
        tags: By key.
        executions: The oldest first.
        closed: Why no execution may enter a stage, by the stage's name.
        seen: The revision of each source action's branch that was looked at last.
    """

    scope: Scope
    declaration: Item
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    tags: dict[str, str] = field(default_factory=dict[str, str])
    executions: list[ReleaseExecution] = field(default_factory=list[ReleaseExecution])
    closed: dict[str, str] = field(default_factory=dict[str, str])
    seen: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.declaration["name"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:codepipeline:{self.scope.region}:{self.scope.account}:{self.name}"

    @property
    def version(self) -> int:
        """Of its structure."""
        return int(self.declaration["version"])

    def stage(self, name: str) -> Item:
        """A stage's declaration; raises ServiceError."""
        for each in self.declaration["stages"]:
            if each["name"] == name:
                return each
        raise ServiceError("StageNotFoundException", f"Stage {name} was not found in pipeline {self.name}")

    def execution(self, identifier: str) -> ReleaseExecution:
        """An execution; raises ServiceError."""
        for each in self.executions:
            if each.id == identifier:
                return each
        raise ServiceError("PipelineExecutionNotFoundException", f"Execution {identifier} was not found")

    def last_good(self, stage: str, before: ReleaseExecution) -> ReleaseExecution | None:
        """What a stage that fails returns to: the last execution that succeeded in it and is no rollback, in the
        present version."""
        for each in reversed(self.executions):
            if (
                each is not before
                and each.kind == "STANDARD"
                and each.version == self.version
                and each.succeeded_in(stage)
            ):
                return each
        return None


class ReleaseRecords:
    """All that is held, everywhere. Take `lock` for whatever reads or changes it.

    Args:
        current_scope: Account and region of the request being served.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, current_scope: Callable[[], Scope], changed: Callable[[], None]) -> None:
        self.lock = StateLock()
        self.changed = changed
        self._current_scope = current_scope
        self._held: dict[tuple[Scope, str], ReleasePipeline] = {}

    def scope(self) -> Scope:
        """Of the request being served."""
        return self._current_scope()

    def find(self, name: str) -> ReleasePipeline | None:
        """A pipeline of the present account and region."""
        return self._held.get((self._current_scope(), name))

    def pipeline(self, name: str) -> ReleasePipeline:
        """The same; raises ServiceError."""
        found = self.find(name)
        if found is None:
            scope = self._current_scope()
            message = f"Account '{scope.account}' does not have a pipeline with name '{name}'"
            raise ServiceError("PipelineNotFoundException", message)
        return found

    def here(self) -> list[ReleasePipeline]:
        """All of the present account and region."""
        scope = self._current_scope()
        return [each for (where, _), each in self._held.items() if where == scope]

    def everywhere(self) -> list[ReleasePipeline]:
        """All."""
        return list(self._held.values())

    def keep(self, pipeline: ReleasePipeline) -> None:
        """Hold a new one."""
        self._held[pipeline.scope, pipeline.name] = pipeline

    def drop(self, name: str) -> None:
        """Hold one no longer."""
        self._held.pop((self._current_scope(), name), None)

    def by_arn(self, arn: str) -> ReleasePipeline:
        """A pipeline by its ARN; raises ServiceError."""
        for each in self._held.values():
            if each.arn == arn:
                return each
        raise ServiceError("ResourceNotFoundException", f"{arn} was not found")

    def get_state(self) -> dict[str, Any]:
        """What is saved."""
        with self.lock:
            return {"pipelines": [asdict(each) for each in self._held.values()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up what was saved; what ran then has ended."""
        for saved in state["pipelines"]:
            executions = [ReleaseExecution(**each) for each in saved.pop("executions")]
            held = ReleasePipeline(Scope(**saved.pop("scope")), executions=executions, **saved)
            self._held[held.scope, held.name] = held
            for each in executions:
                if each.running:
                    each.status, each.summary = "Failed", "The emulator ended while this execution ran."
                    for stage in each.stages.values():
                        _end(stage)


def _end(stage: Item) -> None:
    if stage.get("status") in RUNNING:
        stage["status"] = "Failed"
    for action in _actions(stage):
        if action.get("status") in RUNNING:
            reason = {"code": "JobFailed", "message": "The emulator ended while this action ran."}
            action.update(status="Failed", errorDetails=reason)


def _actions(stage: Item) -> Iterator[Item]:
    yield from stage.get("actions", {}).values()
