"""What the scoring of whole files is told."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.serving.transform.transform_requests import Strategy, TransformRequests
from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import JsonPath, ObjectKey, ScheduleExpression, TimeZone, TransformInstanceType

_STRATEGIES: dict[str, Strategy] = {"one": "SingleRecord", "many": "MultiRecord"}


class BatchTransformSettings(SettingsSection):
    """Scoring of whole files, from `…/batch/input/` to `…/batch/output/` of the data bucket."""

    instance_type: TransformInstanceType
    """Instance type of a job."""
    instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances of a job."""
    format: Literal["csv", "json_lines"] = "csv"
    """What the files hold, one record in a line."""
    input_filter: JsonPath = "$"
    """What the model sees of a record, such as `$[1:]`: all but the first column."""
    join_input: bool = False
    """Put the model's answer at the end of the input's record."""
    output_filter: JsonPath = "$"
    """What is written of a record, such as `$[0,-2,-1]`: the first column and the last two."""
    records_per_request: Literal["one", "many"] | None = None
    """How records become requests; left out, the container decides."""
    max_payload_mb: Annotated[int, Field(ge=1, le=100)] | None = None
    """Maximum size of a request in MB; left out, the container decides, else 6."""
    max_concurrent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Requests at one time; left out, the container decides, else 1. Together they have at most 100 MB."""
    on_new_data: bool = False
    """Run for each file that arrives."""
    schedule: ScheduleExpression | None = None
    """Run by the clock, once with `at(…)`; left out, only on new data."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""
    manifest: ObjectKey | None = None
    """Key in the data bucket of a manifest that lists the files of a scheduled run; left out, it reads all files."""

    def requests(self) -> TransformRequests:
        """The requests of the construct."""
        return TransformRequests(
            strategy=_STRATEGIES.get(self.records_per_request or ""),
            max_payload_mb=self.max_payload_mb,
            max_concurrent=self.max_concurrent,
        )

    def problems(self) -> Iterator[Problem | None]:
        """What AWS would refuse, a job that nothing starts, and a manifest that nothing reads."""
        yield from self.requests().problems("Line")
        if not self.schedule and not self.on_new_data:
            yield Problem("", "nothing would ever start it; allowed: schedule, on_new_data: true, or both")
        if self.manifest and not self.schedule:
            yield Problem("manifest", "nothing would ever read it; allowed: left out, or schedule beside it")
