"""Requests of CodePipeline, which MiniStack has not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.ministack import hooks, saved_state
from emulator.ministack.hooks import in_scope
from emulator.services.codeconnections import CodeConnections, RepositoryError
from emulator.services.codepipeline import views
from emulator.services.codepipeline.actions import Actions
from emulator.services.codepipeline.executions import ReleaseExecutions
from emulator.services.codepipeline.held import Item, ReleasePipeline, ReleaseRecords
from emulator.services.codepipeline.pushes import watched_branches
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

ROUND_SECONDS = 0.5
Request = Mapping[str, Any]
_READ = ("Get", "List")


class CodePipeline:
    """The API.

    Args:
        connections: Repositories.
        actions: Carries actions out.
        rules: Judges requests.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(
        self, connections: CodeConnections, actions: Actions, rules: AwsRules, changed: Callable[[], None]
    ) -> None:
        self._rules = rules
        self._connections = connections
        self._records = ReleaseRecords(hooks.current_scope, changed)
        self._executions = ReleaseExecutions(self._records, actions, hooks.publisher("aws.codepipeline"))
        rules.finds(self._known_pipeline, "ReleasePipeline")
        rules.finds(self._known_execution, "ReleaseExecution")
        self._operations: Mapping[str, Callable[[Request], Item]] = {
            "CreatePipeline": self._create,
            "DeletePipeline": self._delete,
            "DisableStageTransition": lambda request: self._transition(request, request["reason"]),
            "EnableStageTransition": lambda request: self._transition(request, ""),
            "GetPipeline": self._get,
            "GetPipelineExecution": self._get_execution,
            "GetPipelineState": self._get_state,
            "ListActionExecutions": self._list_actions,
            "ListPipelineExecutions": self._list_executions,
            "ListPipelines": lambda _: {"pipelines": [views.summary(each) for each in self._records.here()]},
            "ListTagsForResource": lambda request: {"tags": views.tags(self._records.by_arn(request["resourceArn"]))},
            "PutApprovalResult": self._approve,
            "RetryStageExecution": self._retry,
            "RollbackStage": self._roll_back,
            "StartPipelineExecution": self._start,
            "StopPipelineExecution": self._stop,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "UpdatePipeline": self._update,
        }

    def call(self, operation: str, request: Request) -> Item:
        """Answer an operation; raises ServiceError."""
        answer = self._operations.get(operation)
        if answer is None:
            raise ServiceError("ValidationException", f"The emulator does not support {operation} of CodePipeline.")
        validate(service_model("codepipeline").operation_model(operation).input_shape, request)
        refused_as = "InvalidStructureException" if "pipeline" in request else "UnableToRollbackStageException"
        self._rules.refuse(operation, request, refused_as)
        answered = answer(request)
        if not operation.startswith(_READ):
            self._records.changed()
        return answered

    def take_over(self) -> None:
        """Answer requests."""
        hooks.add_service("codepipeline", self._handle, ["CodePipeline_20150709."])
        saved_state.add_state("codepipeline", self._records.get_state, self._records.restore)

    async def _handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        del method, path, query
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        try:
            return json_response(200, await asyncio.to_thread(self.call, operation, parsed_body(body)))
        except ServiceError as error:
            return error_response(error)

    def watch(self) -> None:
        """Start the pipelines whose branches have moved since they were looked at last."""
        for pipeline in self._records.everywhere():
            with in_scope(pipeline.scope.account, pipeline.scope.region):
                self._look(pipeline, begins=True)

    def _look(self, pipeline: ReleasePipeline, *, begins: bool) -> None:
        for watched in watched_branches(pipeline.declaration):
            name = watched.action["name"]
            try:
                repository = self._connections.repository(watched.connection, watched.repository)
                for branch, revision in watched.heads(repository):
                    key = f"{name}/{branch}"
                    before = pipeline.seen.get(key)
                    if before == revision:
                        continue
                    with self._records.lock:
                        pipeline.seen[key] = revision
                    if begins and (before is None or watched.starts(repository, branch, before, revision)):
                        detail = f"{watched.connection} {watched.repository} {branch} {revision}"
                        trigger = {"triggerType": "WebhookV2", "triggerDetail": detail}
                        revisions = {name: {"branch": branch, "revisionId": revision}}
                        self._executions.begin(pipeline, trigger, revisions=revisions)
            except RepositoryError:
                continue  # The source action says so.

    def _create(self, request: Request) -> Item:
        declaration: Item = {**request["pipeline"], "version": 1}
        if self._records.find(declaration["name"]):
            raise ServiceError("PipelineNameInUseException", f"A pipeline with the name {declaration['name']} exists")
        _check(declaration)
        pipeline = ReleasePipeline(self._records.scope(), declaration)
        with self._records.lock:
            pipeline.tags.update({each["key"]: each["value"] for each in request.get("tags", ())})
            self._records.keep(pipeline)
        self._look(pipeline, begins=False)
        self._executions.begin(pipeline, {"triggerType": "CreatePipeline"})
        return {"pipeline": declaration, "tags": views.tags(pipeline)}

    def _update(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipeline"]["name"])
        declaration: Item = {**request["pipeline"], "version": pipeline.version + 1}
        _check(declaration)
        with self._records.lock:
            pipeline.declaration, pipeline.updated = declaration, time.time()
            pipeline.seen.clear()
        self._look(pipeline, begins=False)
        return {"pipeline": declaration}

    def _delete(self, request: Request) -> Item:
        pipeline = self._records.find(request["name"])
        if pipeline:
            with self._records.lock:
                for each in pipeline.executions:
                    each.stopping = each.stopping or "The pipeline was deleted."
                self._records.drop(request["name"])
        return {}

    def _get(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["name"])
        return {
            "pipeline": pipeline.declaration,
            "metadata": {"pipelineArn": pipeline.arn, "created": pipeline.created, "updated": pipeline.updated},
        }

    def _get_state(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["name"])
        with self._records.lock:
            waiting = {
                each["name"]: self._executions.waiting(pipeline, each["name"])
                for each in pipeline.declaration["stages"]
            }
            return views.state(pipeline, waiting)

    def _get_execution(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        with self._records.lock:
            found = pipeline.execution(request["pipelineExecutionId"])
            return {"pipelineExecution": views.execution(pipeline, found)}

    def _list_executions(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        with self._records.lock:
            listed = [views.execution_summary(each) for each in reversed(pipeline.executions)]
        return {"pipelineExecutionSummaries": listed[: request.get("maxResults", 100)]}

    def _list_actions(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        wanted = request.get("filter", {}).get("pipelineExecutionId")
        with self._records.lock:
            listed = [
                detail
                for each in reversed(pipeline.executions)
                if wanted in (None, each.id)
                for detail in views.action_details(each)
            ]
        return {"actionExecutionDetails": listed[: request.get("maxResults", 100)]}

    def _start(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["name"])
        revisions = {
            each["actionName"]: {"revisionId": each["revisionValue"]} for each in request.get("sourceRevisions", ())
        }
        variables = {each["name"]: each["value"] for each in request.get("variables", ())}
        trigger = {
            "triggerType": "StartPipelineExecution",
            "triggerDetail": f"arn:aws:iam::{pipeline.scope.account}:root",
        }
        begun = self._executions.begin(pipeline, trigger, revisions=revisions, variables=variables)
        return {"pipelineExecutionId": begun.id}

    def _stop(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        execution = pipeline.execution(request["pipelineExecutionId"])
        if not execution.running:
            message = f"Unable to stop execution {execution.id}: it has the status {execution.status}"
            raise ServiceError("PipelineExecutionNotStoppableException", message)
        with self._records.lock:
            execution.status = "Stopping"
            execution.stopping = request.get("reason") or "Stopped by call"
        return {"pipelineExecutionId": execution.id}

    def _roll_back(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        stage = request["stageName"]
        pipeline.stage(stage)
        target = pipeline.execution(request["targetPipelineExecutionId"])
        if not target.succeeded_in(stage):
            message = f"Execution {target.id} was not successful in stage {stage}"
            raise ServiceError("UnableToRollbackStageException", message)
        if self._executions.is_occupied(pipeline, stage):
            raise ServiceError("ConflictException", f"Stage {stage} is in progress")
        trigger = {"triggerType": "ManualRollback", "triggerDetail": f"arn:aws:iam::{pipeline.scope.account}:root"}
        return {"pipelineExecutionId": self._executions.roll_back(pipeline, stage, target, trigger).id}

    def _retry(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        execution = pipeline.execution(request["pipelineExecutionId"])
        stage = request["stageName"]
        pipeline.stage(stage)
        if execution.running or execution.stages.get(stage, {}).get("status") != "Failed":
            raise ServiceError("StageNotRetryableException", f"Stage {stage} has not failed in {execution.id}")
        if execution.version != pipeline.version:
            raise ServiceError("StageNotRetryableException", "The pipeline has been changed since")
        self._executions.retry(pipeline, execution, stage, request["retryMode"])
        return {"pipelineExecutionId": execution.id}

    def _transition(self, request: Request, reason: str) -> Item:
        if request["transitionType"] != "Inbound":
            raise ServiceError("ValidationException", "The emulator closes inbound transitions only.")
        pipeline = self._records.pipeline(request["pipelineName"])
        pipeline.stage(request["stageName"])
        with self._records.lock:
            pipeline.closed.pop(request["stageName"], None)
            if reason:
                pipeline.closed[request["stageName"]] = reason
        return {}

    def _approve(self, request: Request) -> Item:
        pipeline = self._records.pipeline(request["pipelineName"])
        stage = pipeline.stage(request["stageName"])
        if request["actionName"] not in [each["name"] for each in stage["actions"]]:
            raise ServiceError("ActionNotFoundException", f"Action {request['actionName']} was not found")
        with self._records.lock:
            for execution in reversed(pipeline.executions):
                actions = execution.stages.get(stage["name"], {}).get("actions", {})
                state: Item = actions.get(request["actionName"], {})
                if state.get("token") == request["token"]:
                    if "answer" in state:
                        raise ServiceError("ApprovalAlreadyCompletedException", "The approval is complete")
                    state["answer"] = dict(request["result"])
                    return {"approvedAt": time.time()}
        raise ServiceError("InvalidApprovalTokenException", "The approval token is not valid")

    def _tag(self, request: Request) -> Item:
        pipeline = self._records.by_arn(request["resourceArn"])
        with self._records.lock:
            pipeline.tags.update({each["key"]: each["value"] for each in request["tags"]})
        return {}

    def _untag(self, request: Request) -> Item:
        pipeline = self._records.by_arn(request["resourceArn"])
        with self._records.lock:
            for key in request["tagKeys"]:
                pipeline.tags.pop(key, None)
        return {}

    def _known_pipeline(self, _kind: str, name: str) -> Mapping[str, Any] | None:
        found = self._records.find(name)
        return found.declaration if found else None

    def _known_execution(self, _kind: str, identifier: str) -> Mapping[str, Any] | None:
        for pipeline in self._records.here():
            for each in pipeline.executions:
                if each.id == identifier:
                    return {"executionType": each.kind, "pipelineVersion": each.version}
        return None


def _check(declaration: Mapping[str, Any]) -> None:
    """Refuse what would not run; raises ServiceError."""
    said: list[str] = []
    if not declaration.get("artifactStore") and not declaration.get("artifactStores"):
        said.append("A pipeline must have an artifactStore or artifactStores.")
    if declaration.get("executionMode") == "PARALLEL":
        said.append("The emulator does not run pipelines of the execution mode PARALLEL.")
    for trigger in declaration.get("triggers", ()):
        git = trigger["gitConfiguration"]
        if git.get("pullRequest") or any("tags" in each for each in git.get("push", ())):
            said.append("The emulator is not triggered by tags and pull requests.")
    for stage in declaration["stages"]:
        if stage.get("onFailure", {}).get("conditions"):
            said.append("The emulator evaluates no conditions on the failure of a stage.")
    if said:
        raise ServiceError("InvalidStructureException", " ".join(dict.fromkeys(said)))
