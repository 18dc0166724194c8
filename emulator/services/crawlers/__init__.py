"""Crawlers of Glue: they look at the objects of S3, and write the tables that they find into the catalog."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Glue crawlers",
        real="tables of Parquet, JSON lines and CSV with a line of names: columns with their types, partitions of"
        " folders, tables that are already there updated or left, as the policy of schema changes says; exclusions,"
        " states, events",
        recorded="schedules, classifiers of one's own, recrawl policies (everything is looked at), sampling",
        refused="targets other than S3, and files of other formats: the crawl ends as `FAILED`",
    ),
)
