"""What a CreateLabelingJob request means for workers, functions and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.containers.errors import DataPlaneError
from emulator.containers.objects import S3Client, read_object
from lambdas.labeling.manifests import UnreadableManifestError, read_audited, read_categories, read_manifest
from lambdas.labeling.task_types import TASK_TYPES, TaskType

_BUILT_IN = ":function:PRE-", ":function:ACS-"
_PASSED = "PassThrough"
DEFAULT_TASKS = 1_000
DEFAULT_SECONDS = 864_000


@dataclass(frozen=True)
class LabelingRequest:
    """A job, read from its request.

    Args:
        name: Name of the job.
        arn: Its ARN.
        request: The request.
        task: The built-in task; None for one of somebody's own.
    """

    name: str
    arn: str
    request: Mapping[str, Any]
    task: TaskType | None

    @property
    def human(self) -> Mapping[str, Any]:
        """What concerns workers."""
        return self.request["HumanTaskConfig"]

    @property
    def attribute(self) -> str:
        """The label attribute."""
        return self.request["LabelAttributeName"]

    @property
    def team(self) -> str:
        """The name of the work team, in small letters: its ARN has no others."""
        return self.human["WorkteamArn"].rpartition("/")[2].lower()

    @property
    def folder(self) -> str:
        """The S3 URL below which everything of the job is written."""
        return f"{self.request['OutputConfig']['S3OutputPath'].rstrip('/')}/{self.name}"

    @property
    def before(self) -> str:
        """A function of somebody's own that is called for each object; empty for none."""
        return self._own(self.human.get("PreHumanTaskLambdaArn", ""))

    @property
    def after(self) -> str:
        """A function of somebody's own that makes labels of answers; empty for none."""
        return self._own(
            self.human.get("AnnotationConsolidationConfig", {}).get("AnnotationConsolidationLambdaArn", "")
        )

    @property
    def arrivals(self) -> str:
        """The topic that tells of objects while the job runs; empty for a job that knows all from the beginning."""
        return str(self.request["InputConfig"]["DataSource"].get("SnsDataSource", {}).get("SnsTopicArn", ""))

    @property
    def told(self) -> str:
        """The topic that is told of each label; empty for none."""
        return str(self.request["OutputConfig"].get("SnsTopicArn", ""))

    def lines(self, s3: S3Client) -> Sequence[Mapping[str, Any]]:
        """The lines of the input manifest, which a job with a topic may do without. Raises DataPlaneError."""
        source = self.request["InputConfig"]["DataSource"].get("S3DataSource")
        if source is None:
            return []
        url = source["ManifestS3Uri"]
        try:
            lines = read_manifest(read_object(s3, url).decode())
        except UnreadableManifestError as error:
            raise DataPlaneError(f"{url}: {error}") from None
        if not lines:
            raise DataPlaneError(f"{url} has no objects")
        return lines

    def categories(self, s3: S3Client) -> Sequence[str]:
        """The labels, of the file that lists them; none where there is no file."""
        url = self.request.get("LabelCategoryConfigS3Uri")
        return read_categories(read_object(s3, url).decode()) if url else []

    def audited(self, s3: S3Client) -> str:
        """The label attribute that an adjustment begins with; empty for a task that is none."""
        url = self.request.get("LabelCategoryConfigS3Uri")
        adjusts = self.task is not None and self.task.audits and self.task.answer != "class"
        return read_audited(read_object(s3, url).decode()) if adjusts and url else ""

    @staticmethod
    def _own(arn: str) -> str:
        return "" if any(part in arn for part in _BUILT_IN) else arn


def read_request(request: Mapping[str, Any], arn: str) -> LabelingRequest:
    """Read a request. Raises DataPlaneError naming what does not run here as it does on AWS."""
    human = request["HumanTaskConfig"]
    source = request["InputConfig"]["DataSource"]
    found: list[str] = []
    if not source.keys() & {"SnsDataSource", "S3DataSource"}:
        found.append("a job without input (InputConfig.DataSource)")
    if "LabelingJobAlgorithmsConfig" in request:
        found.append("automated labeling (LabelingJobAlgorithmsConfig)")
    task: TaskType | None = None
    before = human.get("PreHumanTaskLambdaArn", "")
    if _BUILT_IN[0] in before:
        name = before.rpartition(_BUILT_IN[0])[2]
        task = TASK_TYPES.get(name)
        if task is None and name != _PASSED:
            found.append(f"the task {name}")
        after = human.get("AnnotationConsolidationConfig", {}).get("AnnotationConsolidationLambdaArn", "")
        if task and after.rpartition(_BUILT_IN[1])[2] != name:
            found.append(f"PRE-{name} with another function after it ({after or 'none'})")
    if found:
        raise DataPlaneError(f"the emulator does not run: {'; '.join(found)}")
    return LabelingRequest(request["LabelingJobName"], arn, request, task)
