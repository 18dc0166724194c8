"""Human loops of Amazon A2I: started by an application, answered at the portal of the workforce, written to S3.

https://docs.aws.amazon.com/augmented-ai/2019-11-07/APIReference/Welcome.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from emulator.containers.objects import S3Client, split_uri
from emulator.jobs.labeling.board import OpenTask, Submission, TaskBoard
from emulator.ministack.hooks import Publish, in_scope
from emulator.ministack.scope import Scope
from emulator.ministack.state_copies import StateLock
from emulator.sagemaker.api.records import Records
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, json_response
from emulator.shapes.rest_json import RestCall, read_call
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate
from lambdas.labeling.answers import WorkerAnswer

SERVICE = "sagemaker-a2i-runtime"
ROUND_SECONDS = 1.0
EVENT = "SageMaker A2I HumanLoop Status Change"
_RUNNING = "InProgress"
_PAGE = 100
_LIFETIME_SECONDS = 864_000
"""How long a task waits where its flow does not say it."""

Request = Mapping[str, Any]


@dataclass
class HumanLoop:
    """One object that people look at.

    Args:
        name: Its name.
        arn: Its ARN.
        account: Owning account.
        region: Owning region.
        flow: The request and the ARN of the flow definition, as they were when the loop was started.
        content: What the page gets.
        created: When it was started, in seconds since the epoch.
        pool: The user pool of the team; empty for none.
        status: As Describe tells of it.
        failure: Why it has failed; empty for none.
        output: The S3 URL of the answers; empty as long as there are none.
        answers: Who has sent what, and when.
    """

    name: str
    arn: str
    account: str
    region: str
    flow: dict[str, Any]
    content: dict[str, Any]
    created: float
    pool: str = ""
    status: str = _RUNNING
    failure: str = ""
    output: str = ""
    answers: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def summary(self) -> dict[str, Any]:
        """The loop in a list."""
        return {
            "HumanLoopName": self.name,
            "HumanLoopStatus": self.status,
            "CreationTime": _written(self.created),
            "FlowDefinitionArn": self.flow["arn"],
            **({"FailureReason": self.failure} if self.failure else {}),
        }

    def described(self) -> dict[str, Any]:
        """All that is told of it."""
        output = {"HumanLoopOutput": {"OutputS3Uri": self.output}} if self.output else {}
        code = {"FailureCode": "ClientError"} if self.failure else {}
        return {**self.summary(), **code, "HumanLoopArn": self.arn, **output}

    def place(self) -> str:
        """Where its answers are written."""
        path = self.flow["OutputConfig"]["S3OutputPath"].rstrip("/")
        when = datetime.fromtimestamp(self.created, UTC).strftime("%Y/%m/%d/%H/%M/%S")
        return f"{path}/{self.flow['FlowDefinitionName']}/{when}/{self.name}/output.json"

    def written(self) -> dict[str, Any]:
        """What is written there.

        https://docs.aws.amazon.com/sagemaker/latest/dg/a2i-output-data.html
        """
        issuer = f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool}"
        return {
            "flowDefinitionArn": self.flow["arn"],
            "humanAnswers": [
                {
                    "answerContent": each["content"],
                    "submissionTime": each["at"],
                    "workerId": each["worker"],
                    "workerMetadata": {
                        "identityData": {
                            "identityProviderType": "Cognito",
                            "issuer": issuer,
                            "sub": each["worker"],
                        }
                    },
                }
                for each in self.answers
            ],
            "humanLoopName": self.name,
            "inputContent": self.content,
        }


class HumanLoops:
    """Answers requests for human loops.

    Args:
        records: Where flow definitions and work teams are kept.
        board: Where tasks wait for workers.
        s3: Client that writes what they have answered.
        publish: Sends events.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(
        self, records: Records, board: TaskBoard, s3: S3Client, publish: Publish, changed: Callable[[], None]
    ) -> None:
        self._records = records
        self._board = board
        self._s3 = s3
        self._publish = publish
        self._changed = changed
        self._lock = StateLock()
        self._loops: dict[tuple[str, str, str], HumanLoop] = {}
        self._tasks: dict[str, OpenTask] = {}
        self._answers: Mapping[str, Callable[[Request], tuple[int, dict[str, Any]]]] = {
            "StartHumanLoop": self._start,
            "DescribeHumanLoop": lambda request: (200, self._found(request).described()),
            "ListHumanLoops": self._list,
            "StopHumanLoop": self._stop,
            "DeleteHumanLoop": self._delete,
        }

    def read(self, method: str, path: str, query: Request, body: bytes) -> RestCall | None:
        """Read a request; None when it is not for A2I. Raises ServiceError for a body that is no JSON."""
        return read_call(SERVICE, method, path, query, body)

    def answer(self, call: RestCall) -> Response:
        """Answer a request; blocks. Raises ServiceError for what A2I refuses."""
        validate(service_model(SERVICE).operation_model(call.operation).input_shape, call.request)
        status, answer = self._answers[call.operation](call.request)
        return json_response(status, answer)

    def expire(self) -> None:
        """Let loops fail whose tasks nobody has taken in time."""
        with self._lock:
            waiting = [each for each in self._loops.values() if each.status == _RUNNING]
        for each in waiting:
            lifetime = each.flow["HumanLoopConfig"].get("TaskAvailabilityLifetimeInSeconds", _LIFETIME_SECONDS)
            if time.time() - each.created > lifetime:
                self._end(each, "Failed", "Annotation tasks expired: nobody has answered in time.")

    def get_state(self) -> dict[str, Any]:
        """All loops, as JSON."""
        with self._lock:
            return {"loops": [asdict(each) for each in self._loops.values()]}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `get_state` has told; tasks wait for workers again."""
        for each in state["loops"]:
            loop = HumanLoop(**each)
            self._loops[loop.account, loop.region, loop.name] = loop
            if loop.status == _RUNNING:
                self._offer(loop)

    def _start(self, request: Request) -> tuple[int, dict[str, Any]]:
        scope, name = self._records.scope(), request["HumanLoopName"]
        flow = self._records.by_arn(request["FlowDefinitionArn"])
        if flow is None or flow.kind != "FlowDefinition":
            raise _invalid(f"Flow Definition {request['FlowDefinitionArn']} does not exist.")
        content = _content(request["HumanLoopInput"]["InputContent"])
        loop = HumanLoop(
            name=name,
            arn=f"{flow.arn.partition(':flow-definition/')[0]}:human-loop/{name}",
            account=scope.account,
            region=scope.region,
            flow={**flow.request, "arn": flow.arn},
            content=content,
            created=time.time(),
            pool=self._pool(flow.request["HumanLoopConfig"]["WorkteamArn"]),
        )
        with self._lock:
            if (scope.account, scope.region, name) in self._loops:
                message = f"A human loop with the name {name} exists already, with another request."
                raise ServiceError("ConflictException", message, 409)
            self._loops[scope.account, scope.region, name] = loop
        self._offer(loop)
        self._changed()
        return 201, {"HumanLoopArn": loop.arn}

    def _offer(self, loop: HumanLoop) -> None:
        human = loop.flow["HumanLoopConfig"]
        task = OpenTask(
            id=loop.name,
            job=loop.name,
            team=human["WorkteamArn"].rpartition("/")[2].lower(),
            title=human["TaskTitle"],
            instructions=human["TaskDescription"],
            form="custom",
            labels=[],
            input=loop.content,
            source=_source(loop.content),
            workers=human["TaskCount"],
            check=lambda _: None,
            submitted=[
                Submission(WorkerAnswer(each["worker"], each["content"]), datetime.fromisoformat(each["at"]))
                for each in loop.answers
            ],
            answered=lambda: self._answered(loop),
        )
        with self._lock:
            self._tasks[loop.arn] = task
        self._board.offer(task)

    def _answered(self, loop: HumanLoop) -> None:
        task = self._tasks[loop.arn]
        loop.answers = [
            {
                "worker": each.answer.worker,
                "content": dict(each.answer.content),
                "at": each.at.isoformat(timespec="milliseconds"),
            }
            for each in task.submitted
        ]
        if task.done:
            self._complete(loop)
        self._changed()

    def _complete(self, loop: HumanLoop) -> None:
        url = loop.place()
        bucket, key = split_uri(url)
        try:
            with in_scope(loop.account, loop.region):
                self._s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(loop.written()).encode())
        except Exception as error:
            self._end(loop, "Failed", f"{url} cannot be written: {error}")
            return
        loop.output = url
        self._end(loop, "Completed")

    def _end(self, loop: HumanLoop, status: str, failure: str = "") -> None:
        with self._lock:
            if loop.status != _RUNNING:
                return
            loop.status, loop.failure = status, failure
            task = self._tasks.pop(loop.arn, None)
        if task:
            self._board.withdraw(task)
        detail = {
            "creationTime": _written(loop.created),
            "failureCode": "ClientError" if failure else None,
            "failureReason": failure or None,
            "flowDefinitionArn": loop.flow["arn"],
            "humanLoopArn": loop.arn,
            "humanLoopName": loop.name,
            "humanLoopOutput": {"outputS3Uri": loop.output} if loop.output else None,
            "humanLoopStatus": status,
        }
        self._publish(Scope(loop.account, loop.region), EVENT, json.dumps(detail), (loop.arn,))
        self._changed()

    def _list(self, request: Request) -> tuple[int, dict[str, Any]]:
        scope = self._records.scope()
        after, before = (_moment(request.get(f"CreationTime{each}")) for each in ("After", "Before"))
        with self._lock:
            found = [
                each
                for each in self._loops.values()
                if (each.account, each.region) == (scope.account, scope.region)
                and each.flow["arn"] == request["FlowDefinitionArn"]
                and (after is None or each.created > after)
                and (before is None or each.created < before)
            ]
        found.sort(key=lambda each: each.created, reverse=request.get("SortOrder") != "Ascending")
        first = int(request.get("NextToken") or 0)
        last = first + int(request.get("MaxResults") or _PAGE)
        following = {"NextToken": str(last)} if last < len(found) else {}
        return 200, {"HumanLoopSummaries": [each.summary() for each in found[first:last]], **following}

    def _stop(self, request: Request) -> tuple[int, dict[str, Any]]:
        loop = self._found(request)
        if loop.status != _RUNNING:
            raise _invalid(f"The human loop {loop.name} is {loop.status}, and cannot be stopped.")
        self._end(loop, "Stopped")
        return 200, {}

    def _delete(self, request: Request) -> tuple[int, dict[str, Any]]:
        loop = self._found(request)
        if loop.status == _RUNNING:
            raise _invalid(f"The human loop {loop.name} is {loop.status}: stop it first.")
        with self._lock:
            del self._loops[loop.account, loop.region, loop.name]
        self._changed()
        return 200, {}

    def _found(self, request: Request) -> HumanLoop:
        scope, name = self._records.scope(), request["HumanLoopName"]
        loop = self._loops.get((scope.account, scope.region, name))
        if loop is None:
            raise ServiceError("ResourceNotFoundException", f"There is no human loop {name}.", 404)
        return loop

    def _pool(self, team: str) -> str:
        record = self._records.by_arn(team)
        members: Sequence[Any] = record.request.get("MemberDefinitions", []) if record else []
        pools = (str(each.get("CognitoMemberDefinition", {}).get("UserPool", "")) for each in members)
        return next(filter(None, pools), "")


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _invalid("InputContent must be a JSON object.")
    return cast(dict[str, Any], content)


def _source(content: Mapping[str, Any]) -> str:
    """What the portal shows: the first object of S3, or all of it as text."""
    urls = (value for value in content.values() if isinstance(value, str) and value.startswith("s3://"))
    return next(urls, json.dumps(content))


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(given: Any) -> float | None:
    return None if given is None else datetime.fromisoformat(str(given)).timestamp()
