"""Scoring of whole files."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.fields import TransformInstanceType
from stacks.settings.section import Section
from stacks.settings.serving_fields import JsonPath, ObjectKey, ScheduleExpression, TimeZone


class BatchTransformSettings(Section):
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
    """Size of a request in MB at the most; left out, the container decides, else 6."""
    max_concurrent: Annotated[int, Field(ge=1, le=100)] | None = None
    """Requests at one time; left out, the container decides, else 1. Times `max_payload_mb` it is at most 100."""
    on_new_data: bool = False
    """Run for each file that arrives."""
    schedule: ScheduleExpression | None = None
    """Run by the clock, once with `at(…)`; left out, only on new data."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""
    manifest: ObjectKey | None = None
    """Key in the data bucket of a manifest that lists the files of a scheduled run; left out, it reads all files."""
