"""Actions: sources, builds and approvals."""

from __future__ import annotations

import json
import re
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from emulator.ministack import in_process
from emulator.ministack.state_copies import StateLock
from emulator.services.codebuild.service import Builds
from emulator.services.codeconnections import CodeConnections, RepositoryError, git
from emulator.services.codepipeline.artifacts import ArtifactError, Artifacts, archive
from emulator.services.codepipeline.held import Item, ReleaseExecution, ReleasePipeline
from emulator.shapes.errors import ServiceError

_POLL_SECONDS = 0.1
_VARIABLE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([^}]+)\}")


class ActionFailed(Exception):  # noqa: N818 - it is what became of the action
    """Why an action failed."""


@dataclass(frozen=True)
class ActionRun:
    """An action that is carried out.

    Args:
        pipeline: Whose.
        stage: The stage's name.
        declared: As declared.
        execution: Within which.
        state: What is shown of it; changed while it runs.
        stopped: Whether the execution has to end.
        lock: Taken for each change of what is shown.
    """

    pipeline: ReleasePipeline
    stage: str
    declared: Mapping[str, Any]
    execution: ReleaseExecution
    state: Item
    stopped: Callable[[], bool]
    lock: StateLock

    def show(self, **members: Any) -> None:
        """Change what is shown of it."""
        with self.lock:
            self.state.update(members)

    def hand_on(self, artifact: str, key: str) -> None:
        """Let later actions have an artifact."""
        with self.lock:
            self.execution.artifacts[artifact] = key

    @property
    def configuration(self) -> Mapping[str, str]:
        """Its settings, with the values of variables; raises ActionFailed for one that nobody has set."""
        settings: Mapping[str, str] = self.declared.get("configuration", {})
        return {name: self.filled(value) for name, value in settings.items()}

    def filled(self, text: str) -> str:
        """A text with the values of its variables."""

        def value(found: re.Match[str]) -> str:
            space, name = found[1], found[2]
            if space == "codepipeline" and name == "PipelineExecutionId":
                return self.execution.id
            known = self.execution.variables if space == "variables" else self.execution.namespaces.get(space, {})
            if name not in known:
                raise ActionFailed(f"Unresolved variable: #{{{space}.{name}}}")
            return known[name]

        return _VARIABLE.sub(value, str(text))


@dataclass
class Actions:
    """Carries actions out, each in the thread of its caller.

    Args:
        connections: Repositories.
        builds: Builds.
        s3: A client.
        folder: Where artifacts are unpacked while a build is made ready.
    """

    connections: CodeConnections
    builds: Builds
    s3: Any
    folder: Path
    _kinds: Mapping[tuple[str, str], Callable[[ActionRun], Mapping[str, str]]] = field(init=False)

    def __post_init__(self) -> None:
        self._kinds = {
            ("Source", "CodeStarSourceConnection"): self._source,
            ("Build", "CodeBuild"): self._build,
            ("Test", "CodeBuild"): self._build,
            ("Approval", "Manual"): self._approval,
        }

    def run(self, action: ActionRun) -> Mapping[str, str]:
        """Carry one out; its variables. Raises ActionFailed."""
        kind = action.declared["actionTypeId"]
        run = self._kinds.get((kind["category"], kind["provider"]))
        if run is None:
            raise ActionFailed(f"The emulator runs no actions of {kind['provider']} ({kind['category']}).")
        try:
            return run(action)
        except (ArtifactError, RepositoryError, ServiceError) as error:
            raise ActionFailed(str(error)) from error

    def _source(self, action: ActionRun) -> Mapping[str, str]:
        settings = action.configuration
        if settings.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
            raise ActionFailed("The emulator makes archives of sources (CODE_ZIP), and no clones.")
        repository = self.connections.repository(settings["ConnectionArn"], settings["FullRepositoryId"])
        known = action.execution.revisions.get(action.declared["name"], {})
        branch = known.get("branch") or settings["BranchName"]
        wanted = known.get("revisionId") or f"refs/heads/{branch}"
        shown = git(repository, "show", "--no-patch", "--format=%H%n%aI%n%B", wanted).decode(errors="replace")
        revision, date, message = (*shown.split("\n", 2), "", "")[:3]
        [output] = action.declared["outputArtifacts"]
        content = git(repository, "archive", "--format=zip", revision)
        key = Artifacts(self.s3, action.pipeline.declaration).put(output["name"], content)
        action.hand_on(output["name"], key)
        said = json.dumps({"ProviderType": "GitHub", "CommitMessage": message.strip()})
        taken = {"branch": branch, "name": output["name"], "revisionId": revision, "revisionSummary": said}
        with action.lock:
            action.execution.revisions[action.declared["name"]] = taken
        action.show(currentRevision={"revisionId": revision})
        return {
            "AuthorDate": date,
            "BranchName": branch,
            "CommitId": revision,
            "CommitMessage": message.strip(),
            "ConnectionArn": settings["ConnectionArn"],
            "FullRepositoryName": settings["FullRepositoryId"],
        }

    def _build(self, action: ActionRun) -> Mapping[str, str]:
        settings, declared = action.configuration, action.declared
        artifacts = Artifacts(self.s3, action.pipeline.declaration)
        home = self.folder / uuid.uuid4().hex
        try:
            sources = [(each["name"], home / each["name"]) for each in declared.get("inputArtifacts", ())]
            for name, folder in sources:
                artifacts.unpack(action.execution.artifacts[name], folder)
            primary = settings.get("PrimarySource")
            sources.sort(key=lambda each: each[0] != primary)
            request = {"environmentVariablesOverride": json.loads(settings.get("EnvironmentVariables") or "[]")}
            initiator = f"codepipeline/{action.pipeline.name}"
            started = self.builds.start(settings["ProjectName"], request, sources=sources, initiator=initiator)
            action.show(externalExecutionId=started.record["id"])
            while not started.done.wait(_POLL_SECONDS):
                if action.stopped() and started.process:
                    started.process.stopping.set()
            if started.record["buildStatus"] == "SUCCEEDED":
                outputs = [each["name"] for each in declared.get("outputArtifacts", ())]
                for name in outputs:
                    files = started.artifacts.get(name if len(outputs) > 1 else "")
                    if files is None:
                        raise ActionFailed(f"The build has no artifact {name}.")
                    action.hand_on(name, artifacts.put(name, archive(files)))
        finally:
            shutil.rmtree(home, ignore_errors=True)
        if started.record["buildStatus"] != "SUCCEEDED":
            raise ActionFailed(f"Build terminated with state: {started.record['buildStatus']}. {started.reason}")
        exported = started.record.get("exportedEnvironmentVariables", ())
        return {each["name"]: each["value"] for each in exported}

    def _approval(self, action: ActionRun) -> Mapping[str, str]:
        settings, state = action.configuration, action.state
        minutes = action.declared.get("timeoutInMinutes", 7 * 24 * 60)
        expires = datetime.now(UTC) + timedelta(minutes=minutes)
        action.show(token=str(uuid.uuid4()), summary=settings.get("CustomData", ""))
        if settings.get("NotificationArn"):
            in_process.call("sns", "Publish", self._message(action, settings, expires))
        while "answer" not in state:
            if action.stopped():
                raise ActionFailed("The execution was stopped.")
            if datetime.now(UTC) > expires:
                raise ActionFailed("The approval timed out.")
            time.sleep(_POLL_SECONDS)
        with action.lock:
            answer = state.pop("answer")
            state.pop("token", None)
        action.show(summary=answer["summary"])
        if answer["status"] == "Rejected":
            raise ActionFailed(f"The approval action was rejected: {answer['summary']}")
        return {}

    def _message(self, action: ActionRun, settings: Mapping[str, str], expires: datetime) -> Mapping[str, str]:
        """What is published of an approval that waits.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
        """
        scope, name = action.pipeline.scope, action.pipeline.name
        link = f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={scope.region}"
        approval = {
            "pipelineName": name,
            "stageName": action.stage,
            "actionName": action.declared["name"],
            "token": action.state["token"],
            "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
            "externalEntityLink": settings.get("ExternalEntityLink"),
            "approvalReviewLink": f"{link}#/{action.stage}/{action.declared['name']}/approve/{action.state['token']}",
            "customData": settings.get("CustomData"),
        }
        return {
            "TopicArn": settings["NotificationArn"],
            "Subject": f"APPROVAL NEEDED: AWS CodePipeline {name}"[:100],
            "Message": json.dumps({"region": scope.region, "consoleLink": link, "approval": approval}),
        }
