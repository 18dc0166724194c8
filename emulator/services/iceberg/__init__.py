"""Iceberg tables: their metadata in Glue, their files in S3, written and read by PyIceberg.

Its modules load PyIceberg, which takes a third of a second: load them when a table is one of Iceberg's.
"""

from __future__ import annotations

from emulator.coverage import Coverage

COVERAGE = (
    Coverage(
        "Iceberg tables",
        real="metadata, manifests and Parquet files in S3, the pointer to them in Glue, written by PyIceberg for"
        " queries of Athena and offline stores of feature groups; clients that bring a library of their own read and"
        " write the same tables",
        recorded="changed rows rewrite the files that a table has, where Athena adds files of deletions; queries skip"
        " no files by their statistics",
        refused="files as ORC and Avro, branches and tags, tables made by CloudFormation's `OpenTableFormatInput`",
    ),
)
