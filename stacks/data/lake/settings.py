"""What the lake is told."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.data.lake.data_quality_rules import column_problems, syntax_problems
from sagemaker_constructs.data.lake.lake_table import table_problems
from sagemaker_constructs.data.lake.partition_projection import (
    DateProjection,
    DateUnit,
    EnumProjection,
    InjectedProjection,
    IntegerProjection,
    Projection,
)
from stacks.configuration.fields.kit import as_text, matching
from stacks.configuration.section import SettingsSection
from stacks.serving.common.fields import ScheduleExpression, TimeZone
from stacks.training.pipeline.settings import Prefix

LakeName = Annotated[
    str, matching(r"^[a-z_][a-z0-9_]{0,127}$", "1 to 128 lower-case letters, digits and underscores")
]
DatasetName = Annotated[str, matching(r"^[A-Za-z0-9.\-_]{1,64}$", "1 to 64 letters, digits, dots, hyphens and _")]
Bound = Annotated[str, BeforeValidator(as_text)]
CrawlerSchedule = Annotated[str, matching(r"^cron\([^()]+\)$", "cron(…) in UTC, such as cron(0 4 * * ? *)")]
ColumnType = Annotated[str, matching(r"^[a-z].*$", "a type of Glue, such as string, bigint, double or array<string>")]


class PartitionSettings(SettingsSection):
    """A key of the folders that Athena computes from the query, so that nobody registers them."""

    kind: Literal["date", "integer", "enum", "injected"]
    """Dates, whole numbers, one of some words, or any text that a query names."""
    first: Bound | None = None
    """The first date or number; dates may be relative, such as `NOW-3YEARS`."""
    last: Bound | None = None
    """The last date or number; left out, today."""
    format: str = "yyyy-MM-dd"
    """How dates are written, in Java's letters."""
    unit: DateUnit = "DAYS"
    """Between a date and the next."""
    values: Annotated[tuple[str, ...], Field(min_length=0, max_length=1_000)] = ()
    """The words."""

    def option(self) -> Projection:
        """The projection."""
        if self.kind == "date":
            return DateProjection(self.first or "", self.last or "NOW", format=self.format, unit=self.unit)
        if self.kind == "integer":
            return IntegerProjection(int(self.first or ""), int(self.last or ""))
        return EnumProjection(self.values) if self.kind == "enum" else InjectedProjection()

    def problems(self) -> Iterator[Problem | None]:
        """What Athena would not compute."""
        if self.kind == "integer":
            for name, value in (("first", self.first), ("last", self.last)):
                if not re.fullmatch(r"-?\d+", value or ""):
                    yield Problem(name, f"must be a whole number for the kind integer, got: {value or 'none'}")
                    return
        if self.kind == "date" and self.first is None:
            yield Problem("first", "must be given for the kind date, got: none")
            return
        yield from self.option().problems()


class QualitySettings(SettingsSection):
    """Rules that the rows of a table have to keep, billed by the time of their evaluations."""

    rules: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    """Rules of DQDL, the language of Glue Data Quality, such as `IsComplete "customer"`."""
    schedule: ScheduleExpression
    """When they are evaluated, such as after a nightly load; the alarm topic is told of rules that fail."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""

    def problems(self) -> Iterator[Problem | None]:
        """What is no rule."""
        yield from syntax_problems(self.rules)


class TableSettings(SettingsSection):
    """A table over the objects of a folder, whose schema is known."""

    prefix: Prefix | None = None
    """Folder in the platform's bucket for data; left out, the name of the table below `lake`."""
    format: Literal["parquet", "csv", "json"] = "parquet"
    """How the objects are written: JSON is one document a line, CSV begins with a line of names."""
    columns: Annotated[dict[LakeName, ColumnType], Field(min_length=1, max_length=2_000)]
    """Names and types of Glue, without the keys of folders."""
    partitions: Annotated[dict[LakeName, PartitionSettings], Field(max_length=20)] = Field(
        default_factory=dict[str, PartitionSettings]
    )
    """Keys of folders named `key=value`, in their order."""
    quality: QualitySettings | None = None
    """What its rows have to keep."""

    def problems(self) -> Iterator[Problem | None]:
        """What Athena would not read."""
        keys = {name: InjectedProjection() for name in self.partitions}
        yield from table_problems("table", self.prefix or "lake", self.columns, self.format, keys)
        if self.quality and not any(syntax_problems(self.quality.rules)):
            yield from within("quality", column_problems(self.quality.rules, [*self.columns, *self.partitions]))


class CrawlerSettings(SettingsSection):
    """Looks for tables in folders of an unknown schema, billed by the time that it takes."""

    prefixes: Annotated[tuple[Prefix, ...], Field(min_length=1, max_length=100)]
    """Folders in the platform's bucket for data, each of which becomes a table."""
    schedule: CrawlerSchedule | None = None
    """When it looks; left out, it is started by people and programs."""


class FlowSettings(SettingsSection):
    """A flow of Data Wrangler over folders of the platform's bucket for data, billed while it runs."""

    file: Annotated[str, matching(r"^[A-Za-z0-9._/-]+\.flow$", "a .flow file of the project")]
    """The flow, such as `config/flows/measurements.flow`."""
    datasets: Annotated[dict[DatasetName, Prefix], Field(min_length=1, max_length=9)]
    """Folders that it reads, by the names of its data sets."""
    output: Prefix | None = None
    """Folder for the result; left out, the name of the flow below `prepared`."""
    node: str | None = None
    """The node whose result is wanted; left out, the one at the end."""
    content_type: Literal["CSV", "PARQUET"] = "CSV"
    """How the result is written."""
    engine: Literal["open", "data_wrangler"] = "open"
    """An image of the library, which supports the usual transforms, or AWS's own, which supports all."""
    instance_type: str = "ml.m5.large"
    """What it runs on."""
    max_runtime_minutes: Annotated[int, Field(ge=1, le=12_960)] = 50
    """Minutes until it is ended."""
    schedule: ScheduleExpression
    """When it runs."""
    time_zone: TimeZone = "UTC"
    """Time zone of `schedule`."""


class LakeSettings(SettingsSection):
    """A database of the Glue Data Catalog and a work group of Athena, billed by what queries scan."""

    scan_limit_gb: Annotated[float, Field(ge=0.01, le=1_000_000)] = 100.0
    """Gigabytes that one query may scan before it is cancelled."""
    tables: Annotated[dict[LakeName, TableSettings], Field(max_length=100)] = Field(
        default_factory=dict[str, TableSettings]
    )
    """Tables by their names."""
    crawler: CrawlerSettings | None = None
    """What finds tables by itself."""
    flows: Annotated[dict[LakeName, FlowSettings], Field(max_length=20)] = Field(
        default_factory=dict[str, FlowSettings]
    )
    """Flows of Data Wrangler by their names."""
    queries: Annotated[dict[LakeName, str], Field(max_length=100)] = Field(default_factory=dict[str, str])
    """Saved queries by their names."""
