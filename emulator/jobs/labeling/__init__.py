"""Labeling jobs: people, or tests, answer at the portal of a workforce."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.coverage import Coverage
from emulator.jobs.labeling.arrivals import ArrivalQueue, tell
from emulator.jobs.labeling.board import TaskBoard
from emulator.jobs.labeling.portal import WorkerPortal
from emulator.jobs.labeling.request import LabelingRequest, read_request
from emulator.jobs.labeling.run import LabelingResult, LabelingRun
from emulator.jobs.labeling.streaming_run import StreamingRun
from emulator.jobs.runners import JobResult, JobRunner, Work, Workshop, reason_of
from emulator.jobs.running_jobs import RunningJob, RunningJobs
from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record

COVERAGE = (
    Coverage(
        "Labeling jobs",
        real="tasks for each object of a manifest, answered at the portal of the workforce; functions before and"
        " after the work of people; one label of several answers for classes, boxes and entities; output manifest,"
        " workers' answers, counters, expiry, stop, failure reason; streaming jobs: queue, topics, objects that come"
        " twice, what is idle for 10 days",
        recorded="time limits of a task, keywords, KMS keys, templates (the portal has pages of its own), sign-in",
        refused="automated labeling, several workers for masks, video frames and point clouds: the"
        " job fails with the reason",
    ),
    Coverage(
        "Human loops of Amazon A2I",
        real="loops of custom tasks, answered at the portal of the workforce; output.json, events, conflicts, stop,"
        " deletion, expiry; they outlive a restart",
        recorded="time limits of a task, keywords, KMS keys, templates (the portal shows the input, and takes JSON)",
        refused="loops that Rekognition and Textract start",
    ),
)


class Runner(JobRunner):
    """Runs jobs of the kind `LabelingJob`."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self.board = TaskBoard()
        self._jobs: RunningJobs[RunningJob] = RunningJobs()
        self.portal = WorkerPortal(workshop.records, self.board, workshop.s3)

    def work_of(self, record: Record) -> Work:
        """Ask workers. Lists show the team and the functions of a job, which its request has further down."""
        human = record.request["HumanTaskConfig"]
        shown = {name: human[name] for name in ("WorkteamArn", "PreHumanTaskLambdaArn") if name in human}
        self._workshop.records.change(record, **shown, **human.get("AnnotationConsolidationConfig", {}))
        return lambda: self._run(record)

    def first_status(self, record: Record) -> str:
        """A streaming job is `InProgress` once what is told to its topic reaches it."""
        return "Initializing" if "SnsDataSource" in record.request["InputConfig"]["DataSource"] else "InProgress"

    def stop(self, name: str) -> None:
        """Take the job's tasks down; what was answered is labeled."""
        self._jobs.stop(name)

    def _run(self, record: Record) -> JobResult:
        under_way = RunningJob()
        with (
            self._jobs.under_way(record.request["LabelingJobName"], under_way),
            in_scope(record.account, record.region),
        ):
            try:
                job = read_request(dict(record.request), record.arn)
                return self._run_of(job, record, under_way).run()
            except Exception as error:
                return LabelingResult(status="Failed", failure_reason=reason_of(error))

    def _run_of(self, job: LabelingRequest, record: Record, under_way: RunningJob) -> LabelingRun:
        records = self._workshop.records

        def count(counters: Mapping[str, int]) -> None:
            records.change(record, LabelCounters=dict(counters))

        if not job.arrivals:
            return LabelingRun(job, self.board, self._workshop.s3, under_way, count)

        def begun() -> None:
            if record.outcome["LabelingJobStatus"] == "Initializing":
                records.change(record, LabelingJobStatus="InProgress")

        return StreamingRun(
            job,
            self.board,
            self._workshop.s3,
            under_way,
            count,
            ArrivalQueue(job),
            begun,
            lambda line: tell(job.told, line),
        )
