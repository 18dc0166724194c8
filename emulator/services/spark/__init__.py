"""Spark jobs of Glue, on PySpark in local mode."""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Glue Spark jobs",
        real="scripts of plain Spark in local mode, on Spark 3.5.6 and Java 17: `getResolvedOptions`, rows read from"
        " S3 and written to it by readers and writers of data frames, arguments, timeouts, the reason of a failure."
        " It takes `make spark`",
        recorded="workers, flexible execution, security configurations, other versions of Glue and of Spark, modules",
        refused="runs before `make spark`, with that reason; `GlueContext` with bookmarks and tables of the catalog,"
        " RDDs and statements that name S3: the script fails with the reason",
    ),
)
