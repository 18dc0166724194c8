"""One look at a training job: read, judge, stop, tell, report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambdas.watch.job_log import CalledApi, new_lines
from lambdas.watch.metric_patterns import metric_patterns
from lambdas.watch.report import WatchReport
from lambdas.watch.rules import Rule, findings
from lambdas.watch.schedules import LookSchedules
from lambdas.watch.series import Series
from lambdas.watch.table import Look, WatchTable
from lambdas.watch.usage import usage

TAG = "sagemaker-constructs:watch"
_LATE_LINES_SECONDS = 60
"""So long after a job's end, lines of its log may still arrive."""


@dataclass(frozen=True)
class Services:
    """The services that a look calls."""

    sagemaker: CalledApi
    logs: CalledApi
    cloudwatch: CalledApi
    s3: CalledApi
    sns: CalledApi


@dataclass(frozen=True)
class TrainingWatcher:
    """Looks at the jobs that have the tag ``TAG`` with the watch's ``name``.

    ``stop`` says whether a finding stops the job, ``topic`` is told of findings, if there is one.
    """

    name: str
    rules: Sequence[Rule]
    services: Services
    table: WatchTable
    schedules: LookSchedules
    now: Callable[[], float]
    stop: bool
    topic: str = ""

    def look(self, job: str) -> None:
        """Look at ``job`` as it is now, whatever an event said of it: events come twice, late and out of order.

        A look that dies is finished by the next one, and what it has done already is not done again: the job is asked
        to stop only while it is in progress. Only the message may come twice.
        """
        described = self._described(job)
        if described is None:
            self.schedules.end(job)
            return
        look = self.table.begin(job)
        if look is None:
            # Whoever holds the lease may have died before there was a schedule, and an event comes no third time.
            self._schedule(job, described)
            return
        if not look.seen.done:
            self._look(look, described)
        if look.seen.done:
            self.schedules.end(job)
        self.table.keep(look, ended=True)

    def _look(self, look: Look, described: Mapping[str, Any]) -> None:
        seen, status = look.seen, str(described["TrainingJobStatus"])
        if not seen.scheduled:
            self._schedule(look.job, described)
            seen.scheduled = True
        self._read(look, described)
        known = {each.position for each in seen.findings}
        used = self._used(described, status)
        seen.findings += [each for each in findings(self.rules, seen.series, used) if each.position not in known]
        if self.stop and status == "InProgress" and any(each.stops for each in seen.findings):
            seen.stopping = True
            # Kept before the job is told, so that whoever dies here is known to have stopped it.
            self.table.keep(look, ended=False)
            self._stop(look.job)
        ended = described.get("TrainingEndTime")
        over = ended is not None and self.now() - ended.timestamp() >= _LATE_LINES_SECONDS
        if len(seen.findings) > seen.told or over or (ended is not None and status != seen.reported):
            self._report(look, status, described)
            seen.reported = status
        seen.done = over

    def _schedule(self, job: str, described: Mapping[str, Any]) -> None:
        limits = described["StoppingCondition"]
        longest = max(limits.get("MaxRuntimeInSeconds", 86_400), limits.get("MaxWaitTimeInSeconds", 0))
        self.schedules.begin(job, longest)

    def _described(self, job: str) -> Mapping[str, Any] | None:
        """What SageMaker says of the job; None for one that is gone, or that is watched by others."""
        try:
            described = self.services.sagemaker.call("describe_training_job", TrainingJobName=job)
        except Exception as error:
            if self.services.sagemaker.code_of(error) == "ValidationException" and "not found" in str(error):
                return None
            raise
        arn = described["TrainingJobArn"]
        more: dict[str, str] = {}
        while True:
            page = self.services.sagemaker.call("list_tags", ResourceArn=arn, **more)
            if {"Key": TAG, "Value": self.name} in page["Tags"]:
                return described
            if not page.get("NextToken"):
                return None
            more = {"NextToken": page["NextToken"]}

    def _read(self, look: Look, described: Mapping[str, Any]) -> None:
        patterns = metric_patterns(described["AlgorithmSpecification"].get("MetricDefinitions", []))
        for stream, line in new_lines(self.services.logs, look.job, look.seen.places):
            for metric, pattern in patterns.items():
                value = pattern.value(line)
                if value is None:
                    continue
                series = look.seen.series.setdefault(metric, Series(stream))
                if series.stream == stream:
                    series.add(value)

    def _used(self, described: Mapping[str, Any], status: str) -> Mapping[str, Sequence[float]]:
        wanted: dict[str, int] = {}
        # A job that has ended uses nothing, which is no fault.
        for rule in self.rules if status == "InProgress" else ():
            if rule["kind"] == "under_used":
                wanted[rule["resource"]] = max(rule["minutes"], wanted.get(rule["resource"], 0))
        if not wanted:
            return {}
        resources = described["ResourceConfig"]
        groups = resources.get("InstanceGroups") or [resources]
        count = sum(group.get("InstanceCount", 1) for group in groups)
        hosts = [f"{described['TrainingJobName']}/algo-{number}" for number in range(1, count + 1)]
        return usage(self.services.cloudwatch, hosts, wanted, self.now)

    def _stop(self, job: str) -> None:
        try:
            self.services.sagemaker.call("stop_training_job", TrainingJobName=job)
        except Exception as error:
            # It has ended in the meantime.
            if self.services.sagemaker.code_of(error) != "ValidationException":
                raise

    def _report(self, look: Look, status: str, described: Mapping[str, Any]) -> None:
        """Tell of findings that nobody was told of, and leave the report beside the model.

        In this order: who cannot write the report has told of it, and tries again when the job has ended.
        """
        asked = look.seen.stopping and status == "InProgress"
        report = WatchReport(look.job, "Stopping" if asked else status, self.rules, look.seen)
        prefix = str(described["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
        bucket, _, folder = f"{prefix}/{look.job}/output".removeprefix("s3://").partition("/")
        if len(look.seen.findings) > look.seen.told:
            if self.topic:
                subject = f"Training job {look.job}"
                message = report.message(f"s3://{bucket}/{folder}/watch.html")
                self.services.sns.call("publish", TopicArn=self.topic, Subject=subject, Message=message)
            look.seen.told = len(look.seen.findings)
            self.table.keep(look, ended=False)
        for name, kind, content in (
            ("watch.json", "application/json", report.data()),
            ("watch.html", "text/html; charset=utf-8", report.page()),
        ):
            self.services.s3.call(
                "put_object", Bucket=bucket, Key=f"{folder}/{name}", Body=content.encode(), ContentType=kind
            )
