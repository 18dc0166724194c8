"""One labeling job: its objects shown to workers, their answers made to labels, and what is written of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client, read_object, split_uri
from emulator.jobs.labeling import functions
from emulator.jobs.labeling.board import OpenTask, TaskBoard
from emulator.jobs.labeling.functions import Shown
from emulator.jobs.labeling.request import DEFAULT_SECONDS, DEFAULT_TASKS, LabelingRequest
from emulator.jobs.runners import JobResult
from emulator.jobs.running_jobs import RunningJob
from emulator.shapes.errors import ServiceError
from lambdas.labeling.answers import UnreadableAnswerError, WorkerAnswer
from lambdas.labeling.consolidation import Label, consolidated
from lambdas.labeling.manifests import augmented, labeled, written_manifest

_POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class LabelingResult(JobResult):
    """How a job ended.

    Args:
        counters: How many objects have a label.
        output: The S3 URL of the augmented manifest; None where none was written.
    """

    counters: Mapping[str, int] = field(default_factory=dict[str, int])
    output: str | None = None

    def described(self) -> Mapping[str, Any]:
        """What Describe shows of it beside status and reason."""
        output = {"OutputDatasetS3Uri": self.output} if self.output else None
        return {"LabelCounters": dict(self.counters) or None, "LabelingJobOutput": output}


@dataclass
class LabeledObject:
    """A line of the manifest and what became of it.

    Args:
        line: The line.
        task: What workers are asked; None before, and where nobody is asked.
        failure: Why it has no label; empty for none.
        skipped: Whether a function has said that nobody is to be asked.
    """

    line: Mapping[str, Any]
    task: OpenTask | None = None
    failure: str = ""
    skipped: bool = False

    @property
    def answers(self) -> list[WorkerAnswer]:
        """What workers have sent so far."""
        return [each.answer for each in self.task.submitted] if self.task else []

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come."""
        return bool(self.failure or self.skipped or (self.task and self.task.done))


@dataclass
class LabelingRun:
    """Carries a job out, in the thread of its caller.

    Args:
        job: The job.
        board: Where its tasks wait for workers.
        s3: Client for all that it reads and writes.
        under_way: Looks now and then whether it is to stop.
        count: Told of the counters whenever they have changed.
    """

    job: LabelingRequest
    board: TaskBoard
    s3: S3Client
    under_way: RunningJob
    count: Callable[[Mapping[str, int]], None]

    def run(self) -> LabelingResult:
        """Ask workers about each object until all have answered, it is stopped, or nobody has come in time."""
        objects = [LabeledObject(line) for line in self.job.lines(self.s3)]
        categories = self.job.categories(self.s3)
        waiting = list(enumerate(objects))
        most = self.job.human.get("MaxConcurrentTaskCount", DEFAULT_TASKS)
        told: Mapping[str, int] = {}
        try:
            while not self.under_way.stop_requested and not self._over(objects):
                shown = sum(each.task is not None and not each.settled for each in objects)
                waiting += self._arrived(objects, most - shown - len(waiting))
                for _ in range(min(len(waiting), most - shown)):
                    number, each = waiting.pop(0)
                    self._offer(number, each, categories)
                self._expire(objects)
                self._label_settled(objects, categories)
                if (now := self._counters(objects)) != told:
                    told = now
                    self.count(told)
                if not self._over(objects):
                    self.board.wait(_POLL_SECONDS)
        finally:
            for each in objects:
                if each.task:
                    self.board.withdraw(each.task)
        return self._ended(objects, categories)

    def _over(self, objects: Sequence[LabeledObject]) -> bool:
        """Whether there is nothing more to do."""
        return all(each.settled for each in objects)

    def _arrived(self, objects: list[LabeledObject], room: int) -> Sequence[tuple[int, LabeledObject]]:
        """What has come since, with its number; it is added to the others."""
        del objects, room
        return ()

    def _label_settled(self, objects: Sequence[LabeledObject], categories: Sequence[str]) -> None:
        """Called after each round: a job that ends labels all objects together, when all have been answered."""

    def _offer(self, number: int, each: LabeledObject, categories: Sequence[str]) -> None:
        try:
            shown = self._shown(each.line, categories)
        except DataPlaneError as error:
            each.failure = f"ClientError: {error}"
            return
        each.skipped = not shown.asks
        if not shown.asks:
            return
        human = self.job.human
        each.task = OpenTask(
            id=f"{self.job.name}.{number}",
            job=self.job.name,
            team=self.job.team,
            title=human["TaskTitle"],
            instructions=human["TaskDescription"],
            form=self.job.task.answer if self.job.task else "custom",
            labels=categories,
            input=shown.input,
            source=str(each.line.get("source-ref") or each.line.get("source")),
            workers=human["NumberOfHumanWorkersPerDataObject"],
            check=lambda answer: self._check(answer, categories),
        )
        self.board.offer(each.task)

    def _shown(self, line: Mapping[str, Any], categories: Sequence[str]) -> Shown:
        if self.job.before:
            return functions.before(self.job, line)
        if self.job.task:
            labels = [{"label": each} for each in categories]
            shown = line.get("source-ref") or line.get("source")
            return Shown({"taskObject": shown, "labels": list(categories), "labelCategories": labels})
        return Shown(dict(line))

    def _check(self, answer: WorkerAnswer, categories: Sequence[str]) -> None:
        if self.job.task:
            try:
                consolidated(self.job.task, [[answer]], categories)
            except UnreadableAnswerError as error:
                raise ServiceError("ValidationException", str(error)) from None

    def _expire(self, objects: Sequence[LabeledObject]) -> None:
        longest = self.job.human.get("TaskAvailabilityLifetimeInSeconds", DEFAULT_SECONDS)
        for each in objects:
            if each.task and not each.settled and time.monotonic() - each.task.offered > longest:
                self.board.withdraw(each.task)
                each.failure = "ClientError: Annotation tasks expired: nobody has answered in time."

    def _counters(self, objects: Sequence[LabeledObject]) -> dict[str, int]:
        answered = sum(bool(each.task and each.task.done and not each.failure) for each in objects)
        failed = sum(bool(each.failure) for each in objects)
        return {
            "TotalLabeled": answered,
            "HumanLabeled": answered,
            "MachineLabeled": 0,
            "FailedNonRetryableError": failed,
            "Unlabeled": len(objects) - answered - failed,
        }

    def _ended(self, objects: Sequence[LabeledObject], categories: Sequence[str]) -> LabelingResult:
        answered = [(number, each) for number, each in enumerate(objects) if each.task and each.task.done]
        refs = {number: self._keep_answers(number, each) for number, each in answered}
        try:
            lines = self._labels(answered, categories, refs)
        except (DataPlaneError, UnreadableAnswerError) as error:
            return LabelingResult(
                status="Failed", failure_reason=f"ClientError: {error}", counters=self._counters(objects)
            )
        output = self._write_manifest(objects, lines)
        failures = [each.failure for each in objects if each.failure]
        counters = self._counters(objects)
        if len(failures) == len(objects):
            return LabelingResult(status="Failed", failure_reason=failures[0], counters=counters, output=output)
        status = "Stopped" if self.under_way.stop_requested else "Completed"
        return LabelingResult(status=status, counters=counters, output=output)

    def _write_manifest(self, objects: Sequence[LabeledObject], lines: Mapping[int, Mapping[str, Any]]) -> str:
        written = [lines.get(number) or self._unlabeled(each) for number, each in enumerate(objects)]
        output = f"{self.job.folder}/manifests/output/output.manifest"
        self._put(output, written_manifest(written).encode())
        return output

    def _unlabeled(self, each: LabeledObject) -> Mapping[str, Any]:
        if not each.failure:
            return each.line
        metadata = {"failure-reason": each.failure}
        failed = labeled(each.line, self.job.attribute, None, metadata, job=self.job.name, now=datetime.now(UTC))
        return {name: value for name, value in failed.items() if name != self.job.attribute}

    def _labels(
        self, answered: Sequence[tuple[int, LabeledObject]], categories: Sequence[str], refs: Mapping[int, str]
    ) -> dict[int, Mapping[str, Any]]:
        """The lines of the objects that all asked workers have answered, by number."""
        now, job = datetime.now(UTC), self.job
        if job.task:
            labels = consolidated(job.task, [each.answers for _, each in answered], categories)
            audited = job.audited(self.s3)
            return {
                number: augmented(
                    each.line,
                    job.attribute,
                    job.task,
                    self._stored(number, label, now),
                    job=job.name,
                    now=now,
                    adjusted=self._differs(each.line.get(audited), label) if audited else None,
                )
                for (number, each), label in zip(answered, labels, strict=True)
            }
        if job.after:
            return self._of_function(answered, categories, now)
        lines: dict[int, Mapping[str, Any]] = {}
        for number, each in answered:
            metadata = {"type": "groundTruth/custom", "worker-response-ref": refs[number]}
            lines[number] = labeled(each.line, job.attribute, {}, metadata, job=job.name, now=now)
        return lines

    def _of_function(
        self, answered: Sequence[tuple[int, LabeledObject]], categories: Sequence[str], now: datetime
    ) -> dict[int, Mapping[str, Any]]:
        if not answered:
            return {}
        url = f"{self.job.folder}/annotations/consolidated-annotation/consolidation-request/iteration-1/request.json"
        content = [functions.payload(number, each.line, each.answers) for number, each in answered]
        self._put(url, json.dumps(content).encode())
        made = functions.after(self.job, categories, url)
        lines: dict[int, Mapping[str, Any]] = {}
        for number, each in answered:
            if str(number) not in made:
                raise DataPlaneError(f"{self.job.after} has left out the object {number}")
            label = dict(made[str(number)])
            own = label.pop(f"{self.job.attribute}-metadata", {})
            value = label.pop(self.job.attribute, label)
            metadata = {"type": "groundTruth/custom", **own}
            lines[number] = labeled(each.line, self.job.attribute, value, metadata, job=self.job.name, now=now)
        return lines

    def _differs(self, before: Any, label: Label) -> bool:
        """Whether an adjustment has changed what was there; of an object of S3, what it holds."""
        if label.attachment is None:
            return before != label.value
        return not isinstance(before, str) or read_object(self.s3, before) != label.attachment.content

    def _stored(self, number: int, label: Label, now: datetime) -> Label:
        if label.attachment is None:
            return label
        folder = f"{self.job.folder}/annotations/consolidated-annotation/output"
        name = label.attachment.name
        file = name if name == "SeqLabel.json" else f"{now.isoformat()}{name[name.rindex('.') :]}"
        url = f"{folder}/{number}/{file}"
        self._put(url, label.attachment.content)
        return replace(label, value=url)

    def _keep_answers(self, number: int, each: LabeledObject) -> str:
        """Write what each worker has sent; returns the URL."""
        submitted = each.task.submitted if each.task else []
        answers = [
            {
                "answerContent": dict(one.answer.content),
                "submissionTime": one.at.isoformat(timespec="milliseconds"),
                "workerId": one.answer.worker,
            }
            for one in submitted
        ]
        latest = max(one.at for one in submitted).strftime("%Y-%m-%d_%H:%M:%S")
        url = f"{self.job.folder}/annotations/worker-response/iteration-1/{number}/{latest}.json"
        self._put(url, json.dumps({"answers": answers}).encode())
        return url

    def _put(self, url: str, content: bytes) -> None:
        bucket, key = split_uri(url)
        try:
            self.s3.put_object(Bucket=bucket, Key=key, Body=content)
        except Exception as error:
            raise DataPlaneError(f"{url} cannot be written: {error}") from error
