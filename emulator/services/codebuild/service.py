"""CodeBuild's builds, carried out where MiniStack only records them."""

from __future__ import annotations

import contextvars
import io
import json
import logging
import shutil
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.containers.log_delivery import new_lines, put_lines
from emulator.ministack import hooks, in_process, stack_hooks
from emulator.services.codebuild.build_process import BuildFolders, BuildProcess
from emulator.services.codebuild.buildspec import Buildspec, BuildspecError
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.codebuild")

Item = dict[str, Any]
Reply = tuple[int, dict[str, str], bytes]
_MODULE = "ministack.services.codebuild"
_KINDS = ("CODEPIPELINE", "NO_SOURCE", "S3")
_UNSUPPORTED = (
    *("secondarySourcesOverride", "secondarySourcesVersionOverride", "fleetOverride", "debugSessionEnabled"),
    *("sourceTypeOverride", "artifactsOverride", "secondaryArtifactsOverride"),
)


@dataclass
class Started:
    """A build that runs.

    Args:
        record: As BatchGetBuilds shows it.
        done: Set at the end.
        artifacts: The files of each artifact, by the artifact's name; that without one is called `""`.
    """

    record: Item
    done: threading.Event = field(default_factory=threading.Event)
    artifacts: dict[str, dict[str, Path]] = field(default_factory=dict[str, dict[str, Path]])
    process: BuildProcess | None = None

    @property
    def reason(self) -> str:
        """Why it failed."""
        contexts = [each for phase in self.record["phases"] for each in phase.get("contexts", ())]
        return "; ".join(each["message"] for each in contexts) or self.record["buildStatus"]


class Builds:
    """Runs builds.

    Args:
        s3: A client.
        state: The emulator's state directory.
        environment: Variables by which a build reaches the emulator.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, s3: Any, state: Path, environment: Mapping[str, str], changed: Callable[[], None]) -> None:
        self._s3 = s3
        self._root = state.resolve() / "codebuild"
        self._environment = environment
        self._changed = changed
        self._publish = hooks.publisher("aws.codebuild")
        self._running: dict[str, Started] = {}

    def take_over(self) -> None:
        """Run what is started; refuse what would not run."""
        codebuild = hooks.module(_MODULE)
        stop = codebuild._stop_build

        def start_build(request: Mapping[str, Any]) -> Reply:
            responses = hooks.module("ministack.core.responses")
            try:
                started = self.start(str(request.get("projectName")), request)
            except ServiceError as error:
                return responses.error_response_json(error.code, error.message, 400)
            return responses.json_response({"build": started.record})

        def stop_build(request: Mapping[str, Any]) -> Reply:
            started = self._running.get(str(request.get("id")))
            if started is None:
                return stop(request)
            if started.process:
                started.process.stopping.set()
            started.done.wait()
            return hooks.module("ministack.core.responses").json_response({"build": started.record})

        codebuild._start_build = start_build
        codebuild._stop_build = stop_build
        self._keep_log_settings()

    def _keep_log_settings(self) -> None:
        """MiniStack's CloudFormation leaves out where a project's builds write their lines."""
        codebuild = hooks.module(_MODULE)
        handlers = stack_hooks.resource_handlers("AWS::CodeBuild::Project")

        def kept(original: Callable[..., Any], properties_at: int) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                made = original(*arguments, **named)
                logs = arguments[properties_at].get("LogsConfig", {}).get("CloudWatchLogs", {})
                project = codebuild._projects.get(made[0])
                if project is not None and logs.get("GroupName"):
                    names = {name[0].lower() + name[1:]: value for name, value in logs.items()}
                    project["logsConfig"] = {"cloudWatchLogs": names}
                return made

            return call

        handlers["create"] = kept(handlers["create"], 1)
        handlers["update"] = kept(handlers["update"], 2)

    def start(
        self,
        name: str,
        request: Mapping[str, Any],
        *,
        sources: Sequence[tuple[str, Path]] = (),
        initiator: str = "",
    ) -> Started:
        """Start a build; raises ServiceError.

        Args:
            name: Of the project.
            request: As StartBuild takes it.
            sources: Input artifacts of a pipeline by their names, unpacked; the first is the primary one.
            initiator: Who started it.
        """
        codebuild = hooks.module(_MODULE)
        project = codebuild._projects.get(name)
        if project is None:
            raise ServiceError("ResourceNotFoundException", f"Project cannot be found: {name}")
        for each in _UNSUPPORTED:
            if request.get(each):
                raise ServiceError("InvalidInputException", f"The emulator does not support {each}.")
        if project["source"]["type"] == "CODEPIPELINE" and not sources:
            raise ServiceError("InvalidInputException", "A build of a pipeline's project is started by the pipeline.")
        identifier = codebuild._build_id(name)
        record: Item = codebuild._make_build_record(project, identifier, request.get("sourceVersion"))
        record.pop("endTime")
        record.update(buildStatus="IN_PROGRESS", currentPhase="SUBMITTED", phases=[], buildComplete=False)
        record["initiator"] = initiator or record["initiator"]
        group = project.get("logsConfig", {}).get("cloudWatchLogs", {}).get("groupName")
        record["logs"] = {
            "groupName": group or f"/aws/codebuild/{name}",
            "streamName": identifier.partition(":")[2],
        }
        codebuild._builds[identifier] = record
        started = Started(record)
        self._running[identifier] = started
        work = (started, project, dict(request), list(sources))
        run = contextvars.copy_context().run
        threading.Thread(target=run, args=(self._run, *work), name=f"build-{identifier}", daemon=True).start()
        return started

    def _run(
        self, started: Started, project: Mapping[str, Any], request: Mapping[str, Any], sources: Sequence[Any]
    ) -> None:
        record = started.record
        folders = BuildFolders(self._root, self._root / uuid.uuid4().hex)
        try:
            folders.source.mkdir(parents=True)
            self._carry_out(started, project, request, sources, folders)
        except Exception as error:
            logger.exception("build %s", record["id"])
            _phase(
                record, "FINALIZING", f"The emulator could not carry out this build: {type(error).__name__}: {error}"
            )
            record["buildStatus"] = "FAULT"
        record.update(currentPhase="COMPLETED", endTime=time.time(), buildComplete=True)
        _phase(record, "COMPLETED", "")
        self._running.pop(record["id"], None)
        self._tell(record)
        self._changed()
        started.done.set()

    def _carry_out(
        self,
        started: Started,
        project: Mapping[str, Any],
        request: Mapping[str, Any],
        sources: Sequence[tuple[str, Path]],
        folders: BuildFolders,
    ) -> None:
        record = started.record
        self._tell(record)
        said = self._download(project, sources, folders)
        _phase(record, "DOWNLOAD_SOURCE", said)
        record["buildStatus"] = "FAILED" if said else "IN_PROGRESS"
        if said:
            return
        try:
            text = str(request.get("buildspecOverride") or project["source"].get("buildspec") or "buildspec.yml")
            if "\n" not in text and not text.lstrip().startswith("{"):
                file = folders.source / text
                if not file.is_file():
                    raise BuildspecError(f"YAML_FILE_ERROR: stat {text}: no such file or directory")
                text = file.read_text()
            spec = Buildspec.read(text)
            variables = self._variables(spec, project, request, record, folders, sources)
        except (BuildspecError, ServiceError) as error:
            _phase(record, "DOWNLOAD_SOURCE", str(error))
            record["buildStatus"] = "FAILED"
            return
        log = _Log(folders.log, record["logs"]["groupName"], record["logs"]["streamName"])
        minutes = request.get("timeoutInMinutesOverride") or project.get("timeoutInMinutes") or 60
        started.process = process = BuildProcess(
            spec,
            folders,
            variables,
            privileged=bool(project.get("environment", {}).get("privilegedMode")),
            ends_at=time.monotonic() + 60 * float(minutes),
            delivers=log.deliver,
        )
        failed = False
        for name, succeeded, why in process.phases():
            record["currentPhase"] = name.upper()
            _phase(record, name.upper(), why)
            failed = failed or not succeeded
        record["exportedEnvironmentVariables"] = [
            {"name": name, "value": value} for name, value in process.exported().items()
        ]
        failed = not self._collect(started, spec, folders, failed) or failed
        log.finish()
        stopped = "STOPPED" if process.stopping.is_set() else "TIMED_OUT" if process.timed_out else ""
        record["buildStatus"] = stopped or ("FAILED" if failed else "SUCCEEDED")

    def _collect(self, started: Started, spec: Buildspec, folders: BuildFolders, failed: bool) -> bool:
        """Gather artifacts, also of a build that has failed; whether all that was asked for was there."""
        wanted = {"": spec.artifact} if spec.artifact else {}
        wanted |= spec.secondary
        try:
            for name, artifact in wanted.items():
                started.artifacts[name] = artifact.collect(folders.source)
        except BuildspecError as error:
            if not failed:
                _phase(started.record, "UPLOAD_ARTIFACTS", f"CLIENT_ERROR: {error}")
            return False
        _phase(started.record, "UPLOAD_ARTIFACTS", "")
        return True

    def _download(
        self, project: Mapping[str, Any], sources: Sequence[tuple[str, Path]], folders: BuildFolders
    ) -> str:
        """Put the source in its place; why not, otherwise."""
        kind = project["source"]["type"]
        if kind not in _KINDS:
            return (
                f"CLIENT_ERROR: The emulator asks no other host: it builds sources of {', '.join(_KINDS)}, not {kind}"
            )
        for index, (name, folder) in enumerate(sources):
            shutil.copytree(folder, folders.source if not index else folders.home / f"src-{name}", dirs_exist_ok=True)
        if kind == "S3":
            bucket, _, key = str(project["source"].get("location", "")).partition("/")
            try:
                content: bytes = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            except Exception as error:  # botocore's classes are made at run time
                return f"CLIENT_ERROR: {error}"
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                archive.extractall(folders.source)
        return ""

    def _variables(
        self,
        spec: Buildspec,
        project: Mapping[str, Any],
        request: Mapping[str, Any],
        record: Item,
        folders: BuildFolders,
        sources: Sequence[tuple[str, Path]],
    ) -> dict[str, str]:
        """All variables of a build: the later ones win.

        https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
        """
        given = [*(project.get("environment", {}).get("environmentVariables") or ())]
        given += request.get("environmentVariablesOverride") or ()
        named: dict[str, str] = dict(spec.variables)
        named |= {name: _parameter(path) for name, path in spec.parameters.items()}
        named |= {name: _secret(reference) for name, reference in spec.secrets.items()}
        for each in given:
            read = {"PARAMETER_STORE": _parameter, "SECRETS_MANAGER": _secret}.get(each.get("type", "PLAINTEXT"), str)
            named[each["name"]] = read(each["value"])
        more = {f"CODEBUILD_SRC_DIR_{name}": str(folders.home / f"src-{name}") for name, _ in sources[1:]}
        tools = self._root / "tools"
        tools.mkdir(parents=True, exist_ok=True)
        return {
            **self._environment,
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(tools / "jsii"),
            "PIP_CACHE_DIR": str(tools / "pip"),
            "npm_config_cache": str(tools / "npm"),
            **named,
            **more,
            "CODEBUILD_CI": "true",
            "CODEBUILD_BUILD_ID": record["id"],
            "CODEBUILD_BUILD_ARN": record["arn"],
            "CODEBUILD_BUILD_NUMBER": str(record["buildNumber"]),
            "CODEBUILD_BUILD_IMAGE": project.get("environment", {}).get("image", ""),
            "CODEBUILD_INITIATOR": record["initiator"],
            "CODEBUILD_SRC_DIR": str(folders.source),
            "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
        }

    def _tell(self, record: Mapping[str, Any]) -> None:
        detail = {
            "build-status": record["buildStatus"],
            "project-name": record["projectName"],
            "build-id": record["arn"],
            "current-phase": record["currentPhase"],
            "version": "1",
        }
        kind = "CodeBuild Build State Change"
        self._publish(hooks.current_scope(), kind, json.dumps(detail), [record["arn"]])


class _Log:
    def __init__(self, file: Path, group: str, stream: str) -> None:
        self._file, self._group, self._stream, self._end = file, group, stream, 0

    def deliver(self) -> None:
        """Send the lines that are new."""
        lines, self._end = new_lines(self._file, self._end)
        put_lines(self._group, self._stream, lines)

    def finish(self) -> None:
        """Send what is left, even a line without an end."""
        self.deliver()
        if self._file.exists():
            with self._file.open("rb") as log:
                log.seek(self._end)
                put_lines(self._group, self._stream, log.read().decode(errors="replace").splitlines())


def _phase(record: Item, name: str, why: str) -> None:
    """Add a phase that has ended, or add to it why it failed."""
    now = time.time()
    code, _, message = why.partition(": ")
    contexts = [{"statusCode": code if message else "", "message": message or why}] if why else []
    phases: list[Item] = record["phases"]
    known: Item | None = next((each for each in phases if each["phaseType"] == name), None)
    if known is None:
        began = phases[-1]["endTime"] if phases else record["startTime"]
        made: Item = {"phaseType": name, "startTime": began, "contexts": []}
        phases.append(made)
        known = made
    known["contexts"] += contexts
    status = "FAILED" if known["contexts"] else "SUCCEEDED"
    known.update(endTime=now, durationInSeconds=int(now - known["startTime"]), phaseStatus=status)


def _parameter(path: str) -> str:
    found = in_process.call("ssm", "GetParameter", {"Name": path, "WithDecryption": True})
    return str(found["Parameter"]["Value"])


def _secret(reference: str) -> str:
    """Of `id:json-key:stage:version`, where an ARN has colons of its own."""
    parts = reference.split(":")
    length = 7 if reference.startswith("arn:") else 1
    identifier, key = ":".join(parts[:length]), (parts[length:] or [""])[0]
    value = str(in_process.call("secretsmanager", "GetSecretValue", {"SecretId": identifier})["SecretString"])
    return str(json.loads(value)[key]) if key else value
